package io.medforge.merge.kernel;

/**
 * M = Q R of an m x n matrix M, with Q of min(m, n) orthonormal columns kept as reflections and R
 * upper trapezoidal. Stable column by column for any M, rank-deficient or ill-conditioned. Not
 * thread-safe while it is made, immutable after.
 *
 * <p>Householder, Unitary triangularization of a nonsymmetric matrix, JACM 1958; Golub and Van
 * Loan, Matrix Computations, section 5.2.
 */
public final class HouseholderQr {
  /*
   * Reflection i is I - tau_i v_i v_i^T with v_i zero above i and one at i; the rest of v_i lies
   * below the diagonal of column i, R on and above it. Q is never formed: applying the reflections
   * to the few vectors wanted costs less and loses nothing. Gram-Schmidt, even twice, is as fast but
   * needs a threshold to tell a dependent column from noise.
   */
  private final double[][] columns;
  private final double[] tau;
  private final int length;

  private HouseholderQr(double[][] columns, int length) {
    this.columns = columns;
    this.length = length;
    this.tau = new double[Math.min(length, columns.length)];
    for (int i = 0; i < tau.length; i++) {
      tau[i] = reflect(columns[i], i);
      apply(i, columns, i + 1);
    }
  }

  /**
   * Factorises.
   *
   * @param columns the columns of M, each {@code length} long; overwritten and kept
   * @param length m
   * @return the factorisation
   */
  public static HouseholderQr of(double[][] columns, int length) {
    return new HouseholderQr(columns, length);
  }

  /**
   * The number of columns of Q.
   *
   * @return min(m, n)
   */
  public int size() {
    return tau.length;
  }

  /**
   * An element of R.
   *
   * @param row 0 to {@link #size()} - 1
   * @param column 0 to n - 1
   * @return R[row, column], zero below the diagonal
   */
  public double r(int row, int column) {
    return row <= column ? columns[column][row] : 0;
  }

  /**
   * Multiplies by Q in place.
   *
   * @param vectors each m long; its first {@link #size()} elements are the vector, the others zero;
   *     overwritten with Q times the vector
   */
  public void multiply(double[][] vectors) {
    for (int i = tau.length - 1; i >= 0; i--) {
      apply(i, vectors, 0);
    }
  }

  /** Makes the reflection that zeroes a column below {@code i}; returns tau. */
  private double reflect(double[] x, int i) {
    double below = 0;
    for (int t = i + 1; t < length; t++) {
      below += x[t] * x[t];
    }
    if (below == 0) {
      return 0;
    }
    double norm = Math.sqrt(x[i] * x[i] + below);
    double beta = x[i] > 0 ? -norm : norm;
    double scale = 1 / (x[i] - beta);
    for (int t = i + 1; t < length; t++) {
      x[t] *= scale;
    }
    double tauOfColumn = (beta - x[i]) / beta;
    x[i] = beta;
    return tauOfColumn;
  }

  /** Applies reflection {@code i} to vectors, eight at a time to hide the latency of the sums. */
  private void apply(int i, double[][] vectors, int from) {
    if (tau[i] == 0) {
      return;
    }
    double[] v = columns[i];
    int j = from;
    for (; j + 8 <= vectors.length; j += 8) {
      applyToEight(i, v, vectors, j);
    }
    for (; j + 4 <= vectors.length; j += 4) {
      apply(i, v, vectors[j], vectors[j + 1], vectors[j + 2], vectors[j + 3]);
    }
    for (; j < vectors.length; j++) {
      double[] y = vectors[j];
      double s = y[i];
      for (int t = i + 1; t < length; t++) {
        s += v[t] * y[t];
      }
      subtract(i, s, v, y);
    }
  }

  private void apply(int i, double[] v, double[] a, double[] b, double[] c, double[] d) {
    double sa = a[i];
    double sb = b[i];
    double sc = c[i];
    double sd = d[i];
    for (int t = i + 1; t < length; t++) {
      sa += v[t] * a[t];
      sb += v[t] * b[t];
      sc += v[t] * c[t];
      sd += v[t] * d[t];
    }
    subtract(i, sa, v, a);
    subtract(i, sb, v, b);
    subtract(i, sc, v, c);
    subtract(i, sd, v, d);
  }

  private void applyToEight(int i, double[] v, double[][] vectors, int j) {
    double[] a = vectors[j];
    double[] b = vectors[j + 1];
    double[] c = vectors[j + 2];
    double[] d = vectors[j + 3];
    double[] e = vectors[j + 4];
    double[] f = vectors[j + 5];
    double[] g = vectors[j + 6];
    double[] h = vectors[j + 7];
    double sa = a[i];
    double sb = b[i];
    double sc = c[i];
    double sd = d[i];
    double se = e[i];
    double sf = f[i];
    double sg = g[i];
    double sh = h[i];
    for (int t = i + 1; t < length; t++) {
      double x = v[t];
      sa += x * a[t];
      sb += x * b[t];
      sc += x * c[t];
      sd += x * d[t];
      se += x * e[t];
      sf += x * f[t];
      sg += x * g[t];
      sh += x * h[t];
    }
    subtract(i, sa, v, a);
    subtract(i, sb, v, b);
    subtract(i, sc, v, c);
    subtract(i, sd, v, d);
    subtract(i, se, v, e);
    subtract(i, sf, v, f);
    subtract(i, sg, v, g);
    subtract(i, sh, v, h);
  }

  private void subtract(int i, double s, double[] v, double[] y) {
    double factor = tau[i] * s;
    y[i] -= factor;
    for (int t = i + 1; t < length; t++) {
      y[t] -= factor * v[t];
    }
  }
}
