package io.medforge.merge.kernel;

/**
 * A low-rank approximation {@code M ~ W V^T} of a d x k matrix that is read row by row and never
 * held, W = M V, by subspace iteration from a pseudo-random start. Deterministic. Immutable once
 * made.
 *
 * <p>Halko, Martinsson and Tropp, Finding structure with randomness, SIAM Review 2011, algorithm
 * 4.4.
 */
public final class SubspaceIteration {
  /*
   * One pass over the rows x of M gives M^T M V = sum x (x V) without a second pass for the
   * transpose; its columns are made orthonormal before the next. The last pass computes W = M V and
   * |M|^2. Since V is orthonormal, |M - W V^T|^2 = |M|^2 - |W|^2 whatever V is: the certificate
   * does not hang on the iteration having converged.
   */
  private static final long KEY = 0x4d6564466f726765L;

  private final double[][] left;
  private final double[][] right;
  private final double energy;

  private SubspaceIteration(double[][] left, double[][] right, double energy) {
    this.left = left;
    this.right = right;
    this.energy = energy;
  }

  /** Reads rows of M. */
  @FunctionalInterface
  public interface Rows {
    /**
     * Reads.
     *
     * @param first the first row
     * @param count how many rows
     * @param into receives them one after another
     */
    void read(int first, int count, float[] into);
  }

  /**
   * Approximates.
   *
   * @param rows reads M; called from front to back, {@code iterations + 1} times
   * @param d rows of M
   * @param k columns of M
   * @param width how many columns V has, at most k
   * @param iterations how often M^T M is applied
   * @param rowsAtOnce how many rows are read at a time, at least 1; the result does not depend on
   *     it
   * @return the approximation
   */
  public static SubspaceIteration of(
      Rows rows, int d, int k, int width, int iterations, int rowsAtOnce) {
    double[][] v = start(k, width);
    float[] block = new float[Math.multiplyExact(rowsAtOnce, k)];
    double[] row = new double[k];
    double[] y = new double[width];
    for (int i = 0; i < iterations; i++) {
      double[][] z = new double[width][k];
      for (int at = 0; at < d; at += rowsAtOnce) {
        int n = Math.min(rowsAtOnce, d - at);
        rows.read(at, n, block);
        for (int r = 0; r < n; r++) {
          widen(block, r * k, row);
          project(row, v, y);
          for (int j = 0; j < width; j++) {
            add(y[j], row, z[j]);
          }
        }
      }
      v = orthonormal(z, k);
    }
    double[][] w = new double[width][d];
    double energy = 0;
    for (int at = 0; at < d; at += rowsAtOnce) {
      int n = Math.min(rowsAtOnce, d - at);
      rows.read(at, n, block);
      for (int r = 0; r < n; r++) {
        widen(block, r * k, row);
        energy += dot(row, row);
        project(row, v, y);
        for (int j = 0; j < width; j++) {
          w[j][at + r] = y[j];
        }
      }
    }
    return new SubspaceIteration(w, v, energy);
  }

  /**
   * W.
   *
   * @return vectors of length d; not a copy
   */
  public double[][] left() {
    return left;
  }

  /**
   * V.
   *
   * @return orthonormal vectors of length k; not a copy
   */
  public double[][] right() {
    return right;
  }

  /**
   * The squared Frobenius norm of M.
   *
   * @return at least 0
   */
  public double energy() {
    return energy;
  }

  /**
   * What W V^T leaves out.
   *
   * @return the squared Frobenius norm of {@code M - W V^T}, to rounding errors of that of M
   */
  public double residual() {
    double held = 0;
    for (double[] w : left) {
      held += dot(w, w);
    }
    return Math.max(0, energy - held);
  }

  private static double[][] start(int k, int width) {
    CounterRandom random = new CounterRandom(KEY);
    double[][] v = new double[width][k];
    for (int j = 0; j < width; j++) {
      for (int i = 0; i < k; i++) {
        v[j][i] = 2 * random.uniform((long) j * k + i) - 1;
      }
    }
    return orthonormal(v, k);
  }

  private static double[][] orthonormal(double[][] z, int k) {
    HouseholderQr qr = HouseholderQr.of(z, k);
    double[][] q = new double[z.length][k];
    for (int j = 0; j < q.length; j++) {
      q[j][j] = 1;
    }
    qr.multiply(q);
    return q;
  }

  private static void widen(float[] block, int from, double[] row) {
    for (int i = 0; i < row.length; i++) {
      row[i] = block[from + i];
    }
  }

  /** Four sums at a time, each in index order, to hide the latency of the additions. */
  private static void project(double[] row, double[][] v, double[] y) {
    int j = 0;
    for (; j + 4 <= v.length; j += 4) {
      double[] a = v[j];
      double[] b = v[j + 1];
      double[] c = v[j + 2];
      double[] e = v[j + 3];
      double sa = 0;
      double sb = 0;
      double sc = 0;
      double se = 0;
      for (int i = 0; i < row.length; i++) {
        sa += row[i] * a[i];
        sb += row[i] * b[i];
        sc += row[i] * c[i];
        se += row[i] * e[i];
      }
      y[j] = sa;
      y[j + 1] = sb;
      y[j + 2] = sc;
      y[j + 3] = se;
    }
    for (; j < v.length; j++) {
      y[j] = dot(row, v[j]);
    }
  }

  private static void add(double factor, double[] x, double[] sum) {
    for (int i = 0; i < x.length; i++) {
      sum[i] = sum[i] + factor * x[i];
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
