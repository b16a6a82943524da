/**
 * {@code medforge forge}: the main branch from the command line, in a plain folder or on Git.
 *
 * <p>Conventions: those of {@link io.medforge.cli}. A forge is a folder that holds {@code
 * repository} and what only this machine knows, {@code local.json}. Its rules are the charter, the
 * first note of the ledger, so that every clone has the same. Text from other centres is printed
 * with control characters spelled out.
 */
@NullMarked
package io.medforge.cli.forge;

import org.jspecify.annotations.NullMarked;
