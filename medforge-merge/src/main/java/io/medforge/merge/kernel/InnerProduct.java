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
    double[][] left = new double[2][c.length];
    double[][] right = new double[2][c.length];
    double sum = 0;
    for (int p = 0; p < b.length; p += 2) {
      pair(b, p, c, 0, left);
      pair(a, p, e, 0, right);
      for (int i = 0; i < Math.min(2, b.length - p); i++) {
        for (int q = 0; q < c.length; q++) {
          sum += left[i][q] * right[i][q];
        }
      }
    }
    return sum;
  }

  /**
   * The squared Frobenius norm of {@code sum_p b_p a_p^T}, which is not formed: half the work of
   * {@link #ofProducts} with itself.
   *
   * @param b r vectors of length d
   * @param a r vectors of length k
   * @return the squared norm, to a rounding error of about {@code (d + k) 2^-53 (sum_p |b_p|
   *     |a_p|)^2}, which may make it negative
   */
  public static double squaredNorm(double[][] b, double[][] a) {
    double[][] left = new double[2][b.length];
    double[][] right = new double[2][b.length];
    double diagonal = 0;
    double beside = 0;
    for (int p = 0; p < b.length; p += 2) {
      pair(b, p, b, p, left);
      pair(a, p, a, p, right);
      for (int i = 0; i < Math.min(2, b.length - p); i++) {
        diagonal += left[i][p + i] * right[i][p + i];
        for (int q = p + i + 1; q < b.length; q++) {
          beside += left[i][q] * right[i][q];
        }
      }
    }
    return diagonal + 2 * beside;
  }

  /** Vectors p and p + 1 with those from {@code from} on: eight sums at a time hide latency. */
  private static void pair(double[][] x, int p, double[][] y, int from, double[][] into) {
    if (p + 1 == x.length) {
      all(x[p], y, from, into[0]);
      return;
    }
    int q = from;
    for (; q + 4 <= y.length; q += 4) {
      eight(x[p], x[p + 1], y, q, into);
    }
    for (; q < y.length; q++) {
      into[0][q] = of(x[p], y[q]);
      into[1][q] = of(x[p + 1], y[q]);
    }
  }

  private static void eight(double[] x, double[] z, double[][] y, int at, double[][] into) {
    double[] y0 = y[at];
    double[] y1 = y[at + 1];
    double[] y2 = y[at + 2];
    double[] y3 = y[at + 3];
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    double t0 = 0;
    double t1 = 0;
    double t2 = 0;
    double t3 = 0;
    for (int t = 0; t < x.length; t++) {
      double one = x[t];
      double other = z[t];
      s0 += one * y0[t];
      s1 += one * y1[t];
      s2 += one * y2[t];
      s3 += one * y3[t];
      t0 += other * y0[t];
      t1 += other * y1[t];
      t2 += other * y2[t];
      t3 += other * y3[t];
    }
    into[0][at] = s0;
    into[0][at + 1] = s1;
    into[0][at + 2] = s2;
    into[0][at + 3] = s3;
    into[1][at] = t0;
    into[1][at + 1] = t1;
    into[1][at + 2] = t2;
    into[1][at + 3] = t3;
  }

  /** With every vector, four at a time to hide the latency of the sums. */
  private static void all(double[] x, double[][] vectors, int from, double[] into) {
    int q = from;
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
