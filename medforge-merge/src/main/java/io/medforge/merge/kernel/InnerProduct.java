package io.medforge.merge.kernel;

import java.util.Arrays;

/** Inner products of vectors and of low-rank matrices. Sums run in a fixed order. Stateless. */
public final class InnerProduct {
  /*
   * C2 does not turn sums of doubles into vector code, since that would change their order. So speed
   * comes from independent sums, which hide the latency of an addition: four within one product, or
   * eight products side by side. Long vectors are visited TILE elements at a time, so that what all
   * of them have there stays in a core's cache while each meets each.
   */
  private static final int TILE = 512;

  private static final int BLOCK = 32;

  private InnerProduct() {}

  /**
   * The inner product of two vectors.
   *
   * @param x of any length
   * @param y at least as long
   * @return the sum of x_t y_t
   */
  public static double of(double[] x, double[] y) {
    return of(x, y, 0, x.length);
  }

  /** The sum of x_t y_t over {@code from <= t < to}: t modulo 4 apart, then together. */
  static double of(double[] x, double[] y, int from, int to) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int t = from;
    for (; t + 4 <= to; t += 4) {
      s0 += x[t] * y[t];
      s1 += x[t + 1] * y[t + 1];
      s2 += x[t + 2] * y[t + 2];
      s3 += x[t + 3] * y[t + 3];
    }
    for (; t < to; t++) {
      s0 += x[t] * y[t];
    }
    return (s0 + s1) + (s2 + s3);
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
    double[][] left = new double[BLOCK][c.length];
    double[][] right = new double[BLOCK][c.length];
    double sum = 0;
    for (int p = 0; p < b.length; p += BLOCK) {
      int end = Math.min(b.length, p + BLOCK);
      gram(b, p, end, c, false, left);
      gram(a, p, end, e, false, right);
      for (int i = 0; i < end - p; i++) {
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
    double[][] left = new double[BLOCK][b.length];
    double[][] right = new double[BLOCK][b.length];
    double diagonal = 0;
    double beside = 0;
    for (int p = 0; p < b.length; p += BLOCK) {
      int end = Math.min(b.length, p + BLOCK);
      gram(b, p, end, b, true, left);
      gram(a, p, end, a, true, right);
      for (int i = 0; i < end - p; i++) {
        diagonal += left[i][p + i] * right[i][p + i];
        for (int q = p + i + 1; q < b.length; q++) {
          beside += left[i][q] * right[i][q];
        }
      }
    }
    return diagonal + 2 * beside;
  }

  /**
   * The Gram matrix.
   *
   * @param x n vectors of one length
   * @return all inner products, [n, n], symmetric to the bit
   */
  public static double[][] gram(double[][] x) {
    int n = x.length;
    double[][] gram = new double[n][n];
    gram(x, 0, n, x, true, gram);
    for (int p = 0; p < n; p++) {
      for (int q = 0; q < p; q++) {
        gram[p][q] = gram[q][p];
      }
    }
    return gram;
  }

  /**
   * The products of x_from to x_(end-1) with all of y, or with those from their own place on.
   *
   * @param into a row per x, a column per y; overwritten
   */
  private static void gram(
      double[][] x, int from, int end, double[][] y, boolean upper, double[][] into) {
    for (double[] row : into) {
      Arrays.fill(row, 0);
    }
    int length = x[from].length;
    for (int start = 0; start < length; start += TILE) {
      int to = Math.min(length, start + TILE);
      int p = from;
      for (; p + 1 < end; p += 2) {
        pair(x[p], x[p + 1], y, upper ? p : 0, start, to, into[p - from], into[p + 1 - from]);
      }
      if (p < end) {
        for (int q = upper ? p : 0; q < y.length; q++) {
          into[p - from][q] += of(x[p], y[q], start, to);
        }
      }
    }
  }

  /** Adds products of two vectors with those from {@code at} on, over {@code from <= t < to}. */
  static void pair(
      double[] x,
      double[] z,
      double[][] y,
      int at,
      int from,
      int to,
      double[] intoX,
      double[] intoZ) {
    int q = at;
    for (; q + 4 <= y.length; q += 4) {
      eight(x, z, y, q, from, to, intoX, intoZ);
    }
    for (; q < y.length; q++) {
      intoX[q] += of(x, y[q], from, to);
      intoZ[q] += of(z, y[q], from, to);
    }
  }

  private static void eight(
      double[] x,
      double[] z,
      double[][] y,
      int at,
      int from,
      int to,
      double[] intoX,
      double[] intoZ) {
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
    for (int t = from; t < to; t++) {
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
    intoX[at] += s0;
    intoX[at + 1] += s1;
    intoX[at + 2] += s2;
    intoX[at + 3] += s3;
    intoZ[at] += t0;
    intoZ[at + 1] += t1;
    intoZ[at + 2] += t2;
    intoZ[at + 3] += t3;
  }
}
