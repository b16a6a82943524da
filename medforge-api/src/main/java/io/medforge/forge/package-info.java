/**
 * How the main branch is kept: contributions, their admission, the items that come of them, and
 * where all of it is stored.
 *
 * <p>The main branch is a ledger, not a fold: its state is the <em>set</em> of admitted
 * contributions, and an item is a pure function of that set. So the order of arrival never matters,
 * offering twice is harmless, and withdrawing a contribution gives byte for byte the item that
 * never saw it.
 */
@NullMarked
package io.medforge.forge;

import org.jspecify.annotations.NullMarked;
