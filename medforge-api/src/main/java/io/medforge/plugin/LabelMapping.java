package io.medforge.plugin;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the classes of one label space are called in another: the explicit statement that joins two
 * tasks. Several classes may become one (BI-RADS 4 and 5 become {@code suspicious}); none may be
 * left over. Immutable.
 *
 * @param from the finer or equally fine label space
 * @param to the label space it is read in
 * @param classes each class of {@code from} and the class of {@code to} that it becomes
 */
public record LabelMapping(LabelSpace from, LabelSpace to, SortedMap<String, String> classes) {
  /**
   * Checks and copies.
   *
   * @param from the finer or equally fine label space
   * @param to the label space it is read in
   * @param classes each class of {@code from} and the class of {@code to} that it becomes
   * @throws IllegalArgumentException if a class of {@code from} has no counterpart, or a class
   *     named is not in its space, or the spaces are equal; the message names the class
   */
  public LabelMapping {
    classes = Collections.unmodifiableSortedMap(new TreeMap<>((Map<String, String>) classes));
    if (from.equals(to)) {
      throw new IllegalArgumentException(
          "expected two label spaces to join, found " + from.name() + " twice");
    }
    for (String label : from.classes()) {
      if (!classes.containsKey(label)) {
        throw new IllegalArgumentException(
            "expected a class of "
                + to.name()
                + " for every class of "
                + from.name()
                + ", found none for \""
                + label
                + "\"");
      }
    }
    classes.forEach(
        (label, becomes) -> {
          check(from, label);
          check(to, becomes);
        });
  }

  /**
   * A mapping.
   *
   * @param from the finer or equally fine label space
   * @param to the label space it is read in
   * @param classes each class of {@code from} and the class of {@code to} that it becomes
   * @return the mapping
   * @throws IllegalArgumentException as the constructor
   */
  public static LabelMapping of(LabelSpace from, LabelSpace to, Map<String, String> classes) {
    return new LabelMapping(from, to, new TreeMap<>(classes));
  }

  private static void check(LabelSpace space, String label) {
    if (!space.classes().contains(label)) {
      throw new IllegalArgumentException(
          "expected a class of label space "
              + space.name()
              + ", one of "
              + space.classes()
              + ", found \""
              + label
              + "\"");
    }
  }

  /**
   * Which class each becomes.
   *
   * @return a new array: index into {@code to.classes()} by index into {@code from.classes()}
   */
  public int[] indices() {
    List<Integer> indices = new ArrayList<>();
    from.classes().forEach(label -> indices.add(to.classes().indexOf(classes.get(label))));
    return indices.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * A distribution over one space's classes, read in the other: probabilities of classes that
   * become one are added.
   *
   * @param probabilities one per class of {@code from}
   * @return a new array, one per class of {@code to}; a class that nothing becomes has 0
   * @throws IllegalArgumentException if there is another number of probabilities
   */
  public double[] apply(double[] probabilities) {
    if (probabilities.length != from.size()) {
      throw new IllegalArgumentException(
          "expected "
              + from.size()
              + " probabilities for label space "
              + from.name()
              + ", found "
              + Arrays.toString(probabilities));
    }
    int[] indices = indices();
    double[] mapped = new double[to.size()];
    for (int c = 0; c < indices.length; c++) {
      mapped[indices[c]] += probabilities[c];
    }
    return mapped;
  }
}
