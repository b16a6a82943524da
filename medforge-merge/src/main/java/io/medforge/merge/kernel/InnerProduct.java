package io.medforge.merge.kernel;

/** Inner products of vectors and of low-rank matrices. Sums run in index order. Stateless. */
public final class InnerProduct {
  private InnerProduct() {}

  /**
   * The inner product of two vectors.
   *
   * @param x of any length
   * @param y at least as long
   * @return the sum of x_t y_t
   */
  public static double of(double[] x, double[] y) {
    double sum = 0;
    for (int t = 0; t < x.length; t++) {
      sum += x[t] * y[t];
    }
    return sum;
  }

  /**
   * The Frobenius inner product of {@code sum_p b_p a_p^T} and {@code sum_q c_q e_q^T}, which are
   * not formed: {@code sum_pq <b_p, c_q> <a_p, e_q>}, O((d + k) r^2).
   *
   * @param b r vectors of length d
   * @param a r vectors of length k
   * @param c r' vectors of length d
   * @param e r' vectors of length k
   * @return the inner product
   */
  public static double ofProducts(double[][] b, double[][] a, double[][] c, double[][] e) {
    double[] left = new double[c.length];
    double[] right = new double[c.length];
    double sum = 0;
    for (int p = 0; p < b.length; p++) {
      all(b[p], c, left);
      all(a[p], e, right);
      for (int q = 0; q < c.length; q++) {
        sum += left[q] * right[q];
      }
    }
    return sum;
  }

  /** With every vector, four at a time to hide the latency of the sums. */
  private static void all(double[] x, double[][] vectors, double[] into) {
    int q = 0;
    for (; q + 4 <= vectors.length; q += 4) {
      four(x, vectors[q], vectors[q + 1], vectors[q + 2], vectors[q + 3], into, q);
    }
    for (; q < vectors.length; q++) {
      into[q] = of(x, vectors[q]);
    }
  }

  private static void four(
      double[] x, double[] y0, double[] y1, double[] y2, double[] y3, double[] into, int at) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    for (int t = 0; t < x.length; t++) {
      double value = x[t];
      s0 += value * y0[t];
      s1 += value * y1[t];
      s2 += value * y2[t];
      s3 += value * y3[t];
    }
    into[at] = s0;
    into[at + 1] = s1;
    into[at + 2] = s2;
    into[at + 3] = s3;
  }
}
