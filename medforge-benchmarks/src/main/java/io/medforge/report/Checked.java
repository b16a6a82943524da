package io.medforge.report;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What every chart asks of what it draws. */
final class Checked {
  private Checked() {}

  /** A copy of names that are there and differ. */
  static List<String> distinct(String what, List<String> names) {
    List<String> copy = notEmpty(what, names);
    Set<String> seen = new HashSet<>();
    for (String name : copy) {
      if (!seen.add(name)) {
        throw new IllegalArgumentException(
            "expected distinct names, found one twice, at " + what + " " + name);
      }
    }
    return copy;
  }

  /** A copy of a list that is not empty. */
  static <T> List<T> notEmpty(String what, List<T> list) {
    if (list.isEmpty()) {
      throw new IllegalArgumentException("expected at least one " + what + ", found none");
    }
    return List.copyOf(list);
  }

  static void notInfinite(double value, String where) {
    if (Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          "expected a number or none, found " + value + ", at " + where);
    }
  }

  static void finite(double value, String where) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("expected a number, found " + value + ", at " + where);
    }
  }

  static void range(double low, double high) {
    if (!(low < high) || Double.isInfinite(high - low)) {
      throw new IllegalArgumentException(
          "expected low < high, both finite, found " + low + " and " + high);
    }
  }
}
