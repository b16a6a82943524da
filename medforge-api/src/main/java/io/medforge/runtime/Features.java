package io.medforge.runtime;

import java.util.Objects;

/**
 * Where a batch of inputs lies in some space in which near means alike: phi(x), {@code [n, width]},
 * finite. Immutable.
 */
public final class Features {
  private final int size;
  private final int width;
  private final float[] values;

  private Features(int size, int width, float[] owned) {
    this.size = size;
    this.width = width;
    this.values = owned;
  }

  /**
   * Features.
   *
   * @param size n, at least 1
   * @param width at least 1
   * @param values row-major {@code [n, width]}; copied
   * @return the features
   * @throws IllegalArgumentException if the number of values does not fit, or one is NaN or
   *     infinite; the message names row and feature
   */
  public static Features of(int size, int width, float[] values) {
    if (size < 1 || width < 1 || values.length != (long) size * width) {
      throw new IllegalArgumentException(
          "expected features [" + size + ", " + width + "], found " + values.length + " values");
    }
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(
            "expected finite features, found "
                + values[i]
                + ", at row "
                + i / width
                + ", feature "
                + i % width);
      }
    }
    return new Features(size, width, values.clone());
  }

  /**
   * The number of examples.
   *
   * @return n, at least 1
   */
  public int size() {
    return size;
  }

  /**
   * The number of features of each.
   *
   * @return at least 1
   */
  public int width() {
    return width;
  }

  /**
   * One feature.
   *
   * @param row the example, 0 to n - 1
   * @param feature 0 to width - 1
   * @return its value, finite
   * @throws IndexOutOfBoundsException if there is no such row or feature
   */
  public float value(int row, int feature) {
    Objects.checkIndex(row, size);
    return values[row * width + Objects.checkIndex(feature, width)];
  }

  /**
   * One example's features.
   *
   * @param row the example, 0 to n - 1
   * @return a new array of {@code width} numbers
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public float[] row(int row) {
    float[] copy = new float[width];
    System.arraycopy(values, Objects.checkIndex(row, size) * width, copy, 0, width);
    return copy;
  }

  /**
   * Copies one example's features as doubles.
   *
   * @param row the example, 0 to n - 1
   * @param into receives {@code width} numbers from its start on
   * @throws IndexOutOfBoundsException if there is no such row or the array is too short
   */
  public void read(int row, double[] into) {
    int start = Objects.checkIndex(row, size) * width;
    Objects.checkFromIndexSize(0, width, into.length);
    for (int i = 0; i < width; i++) {
      into[i] = values[start + i];
    }
  }

  @Override
  public String toString() {
    return "features [" + size + ", " + width + "]";
  }
}
