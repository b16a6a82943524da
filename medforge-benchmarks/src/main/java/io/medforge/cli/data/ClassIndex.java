package io.medforge.cli.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** Turns labels as they are written into indices of classes. */
final class ClassIndex {
  private static final String WHOLE_NUMBER = "-?[0-9]{1,9}";

  private ClassIndex() {}

  /**
   * The classes of rows.
   *
   * @param labels one per row
   * @param stated the names in order, or none to take those found
   * @param place where a row stands, for messages
   */
  static Examples.Classes of(List<String> labels, List<String> stated, RowPlace place) {
    List<String> names = stated.isEmpty() ? found(labels) : stated;
    SortedMap<String, Integer> indices = new TreeMap<>();
    for (String name : names) {
      if (indices.put(name, indices.size()) != null) {
        throw new IllegalArgumentException("expected each class once, found " + name + " twice");
      }
    }
    List<Integer> ofRows = new ArrayList<>(labels.size());
    for (int row = 0; row < labels.size(); row++) {
      Integer index = indices.get(labels.get(row));
      if (index == null) {
        throw MalformedDataException.of("a label among " + names, "another one", place.of(row));
      }
      ofRows.add(index);
    }
    return new Examples.Classes(names, ofRows);
  }

  private static List<String> found(List<String> labels) {
    TreeSet<String> names = new TreeSet<>(labels);
    boolean numbers = names.stream().allMatch(name -> name.matches(WHOLE_NUMBER));
    Comparator<String> order =
        numbers
            ? Comparator.<String>comparingInt(Integer::parseInt)
                .thenComparing(Comparator.naturalOrder())
            : Comparator.naturalOrder();
    return names.stream().sorted(order).toList();
  }

  /** Where a row stands. */
  @FunctionalInterface
  interface RowPlace {
    String of(int row);
  }
}
