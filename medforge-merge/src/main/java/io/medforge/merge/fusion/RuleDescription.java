package io.medforge.merge.fusion;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is known of an averaging rule before any layer: it goes into the merge record. Immutable.
 *
 * @param name the rule's name; the strategy is called {@code fusion.} and this
 * @param parameters what a replay needs to know, as text that is the same on every machine
 * @param spaces where the rule can work on low-rank updates, the default first; not empty
 * @param seeded whether it draws random numbers, and so needs a seed
 * @param averagesValues whether it means something for values as well as for changes (shifting all
 *     inputs by one tensor shifts the result by it): then heads of one label space are merged by
 *     the rule, else by the weighted mean
 */
public record RuleDescription(
    String name,
    SortedMap<String, String> parameters,
    List<FusionSpace> spaces,
    boolean seeded,
    boolean averagesValues) {
  /**
   * Copies the collections.
   *
   * @param name the rule's name; the strategy is called {@code fusion.} and this
   * @param parameters what a replay needs to know, as text that is the same on every machine
   * @param spaces where the rule can work on low-rank updates, the default first; not empty
   * @param seeded whether it draws random numbers, and so needs a seed
   * @param averagesValues whether it means something for values as well as for changes
   * @throws IllegalArgumentException if there is no space
   */
  public RuleDescription {
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    spaces = List.copyOf(spaces);
    if (spaces.isEmpty()) {
      throw new IllegalArgumentException(
          "expected at least one space, found none, at rule " + name);
    }
  }
}
