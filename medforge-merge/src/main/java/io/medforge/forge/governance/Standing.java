package io.medforge.forge.governance;

import io.medforge.forge.Role;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How decisions on one subject add up. Immutable.
 *
 * @param quorum what is asked for
 * @param approvals who approved, in which role
 * @param vetoes whose veto stands
 * @param missing what is still missing, one line each; empty if nothing
 */
public record Standing(
    Quorum quorum,
    SortedMap<String, Role> approvals,
    SortedSet<String> vetoes,
    List<String> missing) {
  /**
   * Copies.
   *
   * @param quorum what is asked for
   * @param approvals who approved, in which role
   * @param vetoes whose veto stands
   * @param missing what is still missing, one line each; empty if nothing
   */
  public Standing {
    approvals = Collections.unmodifiableSortedMap(new TreeMap<>((Map<String, Role>) approvals));
    vetoes = Collections.unmodifiableSortedSet(new TreeSet<>((java.util.Set<String>) vetoes));
    missing = List.copyOf(missing);
  }

  /**
   * Whether enough approved and nobody's veto stands.
   *
   * @return true if so
   */
  public boolean approved() {
    return missing.isEmpty() && vetoes.isEmpty();
  }
}
