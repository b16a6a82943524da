package io.medforge.forge.valuation;

import io.medforge.forge.Contribution;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Who is valued: one centre, or several whose contributions are near copies of each other.
 * Immutable.
 *
 * @param name the centres' names, joined by {@code +}
 * @param contributions what enters a coalition: of near copies only one, in canonical order
 * @param owners how many distinct contributions each centre of this player has; its value is
 *     divided in these proportions
 */
public record Player(
    String name, List<Contribution> contributions, SortedMap<String, Integer> owners) {
  /**
   * Copies.
   *
   * @param name the centres' names, joined by {@code +}
   * @param contributions what enters a coalition
   * @param owners how many distinct contributions each centre of this player has
   */
  public Player {
    contributions = List.copyOf(contributions);
    owners = Collections.unmodifiableSortedMap(new TreeMap<>(owners));
  }
}
