package io.medforge.merge.kernel;

/**
 * The orthogonal matrix nearest to a given one. Stateless.
 *
 * <p>Schoenemann, A generalized solution of the orthogonal Procrustes problem, Psychometrika 1966:
 * of all orthogonal Omega, X Y^T maximises trace(Omega^T M) for M = X S Y^T, so it minimises |P
 * Omega - Q| for M = P^T Q.
 */
public final class Procrustes {
  private Procrustes() {}

  /**
   * Finds the orthogonal factor X Y^T of M = X S Y^T; reflections are allowed. Where M is singular,
   * directions it does not determine are filled in by a fixed rule.
   *
   * @param m M, r columns of length r, finite; only read
   * @return Omega, r columns of length r
   */
  public static double[][] rotation(double[][] m) {
    int r = m.length;
    JacobiSvd svd = JacobiSvd.of(scaledCopy(m), r);
    double floor = r * Math.ulp(1.0) * svd.singularValues()[0];
    double[][] left = new double[r][];
    int determined = 0;
    while (determined < r && svd.singularValues()[determined] > floor) {
      left[determined] = svd.left(determined);
      determined++;
    }
    for (int j = determined; j < r; j++) {
      left[j] = orthogonalTo(left, j, r);
    }
    double[][] omega = new double[r][r];
    for (int p = 0; p < r; p++) {
      double[] right = svd.right(p);
      for (int column = 0; column < r; column++) {
        for (int row = 0; row < r; row++) {
          omega[column][row] += left[p][row] * right[column];
        }
      }
    }
    return omega;
  }

  /** By a power of two, so that squares neither over- nor underflow. */
  private static double[][] scaledCopy(double[][] m) {
    double max = 0;
    for (double[] column : m) {
      for (double value : column) {
        max = Math.max(max, Math.abs(value));
      }
    }
    int exponent = max == 0 ? 0 : Math.getExponent(max);
    double[][] copy = new double[m.length][m.length];
    for (int j = 0; j < m.length; j++) {
      for (int i = 0; i < m.length; i++) {
        copy[j][i] = Math.scalb(m[j][i], -exponent);
      }
    }
    return copy;
  }

  /** A unit vector orthogonal to the first {@code count} of orthonormal ones, count below r. */
  private static double[] orthogonalTo(double[][] basis, int count, int r) {
    int farthest = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int t = 0; t < r; t++) {
      double inside = 0;
      for (int p = 0; p < count; p++) {
        inside += basis[p][t] * basis[p][t];
      }
      if (inside < least) {
        least = inside;
        farthest = t;
      }
    }
    double[] x = new double[r];
    x[farthest] = 1;
    // Twice is enough (Kahan; Parlett, The Symmetric Eigenvalue Problem, section 6.9).
    for (int pass = 0; pass < 2; pass++) {
      for (int p = 0; p < count; p++) {
        subtractProjection(basis[p], x);
      }
    }
    double norm = Math.sqrt(InnerProduct.of(x, x));
    for (int t = 0; t < r; t++) {
      x[t] /= norm;
    }
    return x;
  }

  private static void subtractProjection(double[] unit, double[] x) {
    double along = InnerProduct.of(unit, x);
    for (int t = 0; t < x.length; t++) {
      x[t] -= along * unit[t];
    }
  }
}
