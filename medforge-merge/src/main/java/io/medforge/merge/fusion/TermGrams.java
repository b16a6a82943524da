package io.medforge.merge.fusion;

import io.medforge.merge.kernel.Cholesky;
import io.medforge.merge.kernel.InnerProduct;

/**
 * The Gram matrices of the vectors of {@code sum_p c_p b_p a_p^T}: O((d + k) R^2), half of a
 * decomposition's inner products and nothing else of its work.
 */
@SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
record TermGrams(double[][] left, double[][] right, double[] coefficients) {
  /** Up to here both matrices take 4 MiB. */
  static final int MOST = 512;

  /*
   * Terms are independent if no direction is near the span of the others, on either side. With B' and
   * A' the vectors made unit length, t_p = |c_p| |b_p| |a_p|, the least singular value of the sum is
   * at least smallest(B') smallest(A') min t_p, and smallest(B') at least 1 / |L^-1| with L L^T the
   * Gram matrix of B'. Asked for is 2^-16 of the sum of all t_p, far above the rounding errors of the
   * Gram matrices, about (d + k) 2^-53, and of the sum itself.
   */
  private static final double INDEPENDENT = 0x1p-16;

  /** Beyond it, products of squares leave the range of double. */
  private static final double LARGE = 0x1p200;

  /** How far the terms' squares may exceed that of their sum. */
  private static final double CANCELLING = 4;

  static TermGrams of(WeightedTerms terms) {
    return new TermGrams(
        InnerProduct.gram(terms.left()), InnerProduct.gram(terms.right()), terms.coefficients());
  }

  /** The squared Frobenius norm of the sum, off by rounding errors of the terms' size. */
  double energy() {
    double diagonal = 0;
    double beside = 0;
    for (int p = 0; p < coefficients.length; p++) {
      diagonal += coefficients[p] * coefficients[p] * (left[p][p] * right[p][p]);
      double row = 0;
      for (int q = p + 1; q < coefficients.length; q++) {
        row += coefficients[q] * (left[p][q] * right[p][q]);
      }
      beside += coefficients[p] * row;
    }
    return diagonal + 2 * beside;
  }

  /** The sum of the terms' norms. */
  double size() {
    double size = 0;
    for (int p = 0; p < coefficients.length; p++) {
      size += norm(p);
    }
    return size;
  }

  private double norm(int p) {
    return Math.abs(coefficients[p]) * Math.sqrt(left[p][p]) * Math.sqrt(right[p][p]);
  }

  /** The lengths {@code |a_p| / |b_p|}. */
  double[] ratios() {
    double[] ratios = new double[coefficients.length];
    for (int p = 0; p < ratios.length; p++) {
      ratios[p] = Math.sqrt(right[p][p]) / Math.sqrt(left[p][p]);
    }
    return ratios;
  }

  /** Whether each term clearly adds a direction, and none nearly cancels others. */
  boolean areIndependent() {
    double least = Double.POSITIVE_INFINITY;
    double squares = 0;
    for (int p = 0; p < coefficients.length; p++) {
      if (!(isModerate(left[p][p]) && isModerate(right[p][p]))
          || !isModerate(Math.abs(coefficients[p]))) {
        return false;
      }
      least = Math.min(least, norm(p));
      squares += norm(p) * norm(p);
    }
    return squares <= CANCELLING * energy()
        && smallest(left) * smallest(right) * least > INDEPENDENT * size();
  }

  private static boolean isModerate(double value) {
    return value > 1 / LARGE && value < LARGE;
  }

  /**
   * A lower bound of the least singular value of the vectors made unit length; 0 if none is sure.
   */
  private static double smallest(double[][] gram) {
    int n = gram.length;
    double[][] unit = new double[n][n];
    for (int p = 0; p < n; p++) {
      for (int q = 0; q <= p; q++) {
        unit[p][q] = gram[p][q] / (Math.sqrt(gram[p][p]) * Math.sqrt(gram[q][q]));
      }
    }
    try {
      double[] inverse = Cholesky.of(unit).inverseFactor();
      return 1 / Math.sqrt(InnerProduct.of(inverse, inverse));
    } catch (ArithmeticException e) {
      return 0;
    }
  }
}
