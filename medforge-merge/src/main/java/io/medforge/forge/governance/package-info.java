/**
 * Who may decide: members with their keys and roles, how many of them must approve, whose veto
 * stands, and how decisions on one subject add up.
 *
 * <p>Conventions: a decision is a {@link io.medforge.forge.LedgerEntry.Decide}, signed with the key
 * of a member; one that is not validly signed, or whose member does not hold the role, counts for
 * nothing, wherever it came from. People are told apart by name, so one person with two keys counts
 * once.
 */
@NullMarked
package io.medforge.forge.governance;

import org.jspecify.annotations.NullMarked;
