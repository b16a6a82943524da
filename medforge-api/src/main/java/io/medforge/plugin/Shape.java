package io.medforge.plugin;

import java.util.Arrays;

/** The dimensions of a tensor, outermost first; {@code []} is a scalar. Immutable. */
public final class Shape {
  private final long[] dimensions;
  private final long elements;

  private Shape(long[] dimensions) {
    long product = 1;
    for (long dimension : dimensions) {
      if (dimension < 0) {
        throw new IllegalArgumentException(
            "expected dimensions of at least 0, found " + Arrays.toString(dimensions));
      }
      product = Math.multiplyExact(product, dimension);
    }
    this.dimensions = dimensions;
    this.elements = product;
  }

  /**
   * A shape.
   *
   * @param dimensions outermost first, each at least 0
   * @return the shape
   * @throws IllegalArgumentException if a dimension is negative
   * @throws ArithmeticException if the number of elements exceeds a {@code long}
   */
  public static Shape of(long... dimensions) {
    return new Shape(dimensions.clone());
  }

  /**
   * How many dimensions there are (not to be confused with the rank r of a low-rank update).
   *
   * @return the number of dimensions, 0 for a scalar
   */
  public int dimensions() {
    return dimensions.length;
  }

  /**
   * One dimension's size.
   *
   * @param index 0 for the outermost
   * @return its size, at least 0
   * @throws IndexOutOfBoundsException if there is no such dimension
   */
  public long dimension(int index) {
    return dimensions[index];
  }

  /**
   * The product of all dimensions.
   *
   * @return the number of elements, at least 0; 1 for a scalar
   */
  public long elements() {
    return elements;
  }

  /**
   * All dimensions.
   *
   * @return a new array, outermost first
   */
  public long[] toArray() {
    return dimensions.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape that && Arrays.equals(dimensions, that.dimensions);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dimensions);
  }

  /** For example {@code [16, 768]}. */
  @Override
  public String toString() {
    return Arrays.toString(dimensions);
  }
}
