/**
 * The main branch: a {@link io.medforge.forge.KnowledgeMerger} whose state is the set of admitted
 * contributions, read from a ledger of entries and changed by compare-and-set.
 *
 * <p>Conventions: contributions are in canonical order, that of a {@link
 * io.medforge.merge.PluginSet} of their modules (by module digest, then id), wherever a list of
 * them appears; an item is a pure function of that list; a change is merged first and written last,
 * so whatever fails changes nothing.
 */
@NullMarked
package io.medforge.forge.mainline;

import org.jspecify.annotations.NullMarked;
