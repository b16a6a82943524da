package io.medforge.cli;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The numbers that a method was given, checked against those that it takes. Immutable.
 *
 * @param values by name
 */
record MethodSettings(SortedMap<String, Double> values) {
  MethodSettings {
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  /** A number that is there, or its default. */
  double real(String name, double otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  /** A number that must be there. */
  double real(String name) {
    Double value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("expected a " + name + ", found none");
    }
    return value;
  }

  /** A whole number that must be there. */
  int whole(String name) {
    double value = real(name);
    if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "expected a whole number, found " + value + ", at " + name);
    }
    return (int) value;
  }
}
