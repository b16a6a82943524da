package io.medforge.runtime;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;

/**
 * Makes distances between features comparable: y = F (x - mean), so that |y - y'| is a Mahalanobis
 * distance with the covariance (F'F)^-1. Immutable.
 *
 * @param mean {@code [width]}
 * @param factor F, {@code [q, width]} with q at least 1; lower triangular where it comes from a
 *     Cholesky factor
 */
public record Whitening(Tensor mean, Tensor factor) {
  /**
   * Checks shapes.
   *
   * @param mean {@code [width]}
   * @param factor F, {@code [q, width]}
   * @throws IllegalArgumentException if shapes do not fit
   */
  public Whitening {
    Shape shape = factor.shape();
    if (mean.shape().dimensions() != 1
        || shape.dimensions() != 2
        || shape.elements() == 0
        || shape.dimension(1) != mean.shape().dimension(0)) {
      throw new IllegalArgumentException(
          "expected a mean [width] and a factor [q, width], found "
              + mean.shape()
              + " and "
              + shape);
    }
  }

  /**
   * The number of features it takes.
   *
   * @return width, at least 1
   */
  public int width() {
    return Math.toIntExact(mean.shape().dimension(0));
  }

  /**
   * The number of coordinates it gives.
   *
   * @return q, at least 1
   */
  public int size() {
    return Math.toIntExact(factor.shape().dimension(0));
  }
}
