package io.medforge.plugin.audit;

import java.util.List;

/**
 * A column whose value an attacker would like to learn about a patient of whom all else is known.
 * Immutable.
 *
 * @param name what it is, for the report
 * @param column its place in a row, 0-based
 * @param values all values that it takes, at least 2
 */
public record SensitiveAttribute(String name, int column, List<Double> values) {
  /**
   * Copies and checks.
   *
   * @param name what it is, for the report
   * @param column its place in a row, 0-based
   * @param values all values that it takes, at least 2
   * @throws IllegalArgumentException if the name is blank, the column negative, or there are fewer
   *     than 2 distinct values
   */
  public SensitiveAttribute {
    values = List.copyOf(values);
    if (name.isBlank() || name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "expected an attribute's name, found a blank or unprintable one");
    }
    if (column < 0) {
      throw new IllegalArgumentException(
          "expected a column of at least 0, found " + column + ", at attribute " + name);
    }
    if (values.size() < 2 || values.stream().distinct().count() != values.size()) {
      throw new IllegalArgumentException(
          "expected at least 2 distinct values, found "
              + values.size()
              + " or repeated ones, at attribute "
              + name);
    }
  }

  /** Each patient's value, as an index into the values. */
  int[] of(String group, double[][] rows) {
    int[] found = new int[rows.length];
    for (int row = 0; row < rows.length; row++) {
      if (column >= rows[row].length) {
        throw new IllegalArgumentException(
            "expected a column below "
                + rows[row].length
                + ", found "
                + column
                + ", at attribute "
                + name);
      }
      found[row] = values.indexOf(rows[row][column]);
      if (found[row] < 0) {
        throw new IllegalArgumentException(
            "expected one of the attribute's "
                + values.size()
                + " values, found another, at attribute "
                + name
                + ", "
                + group
                + ", row "
                + row);
      }
    }
    return found;
  }
}
