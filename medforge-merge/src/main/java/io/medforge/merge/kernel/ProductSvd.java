package io.medforge.merge.kernel;

import java.util.Arrays;

/**
 * The singular value decomposition of {@code sum_j c_j b_j a_j^T}, a d x k matrix of rank at most R
 * that is never formed: O((d + k) R^2 + R^3). Immutable once made.
 *
 * <p>This is the exact merge of low-rank updates: Core Space (arXiv 2509.17786), FedEx-LoRA (arXiv
 * 2410.09432), HLoRA. Legend: d = length of the left vectors, k = of the right ones, R = their
 * number.
 */
public final class ProductSvd {
  /*
   * 1. Scale every vector by a power of two to magnitude one and move the power into c_j: exact, and
   *    no later square over- or underflows, however badly b_j and a_j are balanced.
   * 2. B = Q_b R_b and A = Q_a R_a by Householder (B has the columns b_j, A the columns a_j).
   * 3. Core = R_b diag(c) R_a^T, of min(d, R) x min(k, R), and its SVD by one-sided Jacobi over its
   *    shorter side, so the iteration never works on more than min(d, k, R) vectors.
   * 4. Singular vectors wanted are lifted by Q_b and Q_a.
   *
   * Every step is backward stable column by column, so the error is a modest multiple of
   * ulp * sum_j |c_j| |b_j| |a_j|. That sum is what `noise` reports; singular values below it cannot
   * be told from zero.
   */
  private final int d;
  private final int k;
  private final HouseholderQr leftQr;
  private final HouseholderQr rightQr;
  private final boolean coreTransposed;
  private final JacobiSvd core;
  private final double[] singularValues;
  private final double noise;

  private ProductSvd(double[][] left, double[][] right, double[] coefficients) {
    this.d = left[0].length;
    this.k = right[0].length;
    double[] c = coefficients.clone();
    double terms = 0;
    for (int j = 0; j < c.length; j++) {
      c[j] = Math.scalb(c[j], scaleToOne(left[j]) + scaleToOne(right[j]));
      terms += Math.abs(c[j]) * norm(left[j]) * norm(right[j]);
    }
    if (!Double.isFinite(terms)) {
      throw new ArithmeticException("expected a sum within the range of double, found " + terms);
    }
    this.noise = Math.ulp(1.0) * terms;
    this.leftQr = HouseholderQr.of(left, d);
    this.rightQr = HouseholderQr.of(right, k);
    this.coreTransposed = leftQr.size() < rightQr.size();
    double[][] columns = coreTransposed ? core(rightQr, leftQr, c) : core(leftQr, rightQr, c);
    int exponent = scaleToOne(columns);
    this.core = JacobiSvd.of(columns, columns[0].length);
    this.singularValues = core.singularValues().clone();
    for (int j = 0; j < singularValues.length; j++) {
      singularValues[j] = Math.scalb(singularValues[j], exponent);
    }
  }

  /**
   * Decomposes.
   *
   * @param left b, R vectors of length d, finite; overwritten
   * @param right a, R vectors of length k, finite; overwritten
   * @param coefficients c, R finite numbers
   * @return the decomposition
   * @throws ArithmeticException if the sum of |c_j| |b_j| |a_j| exceeds the range of double
   */
  public static ProductSvd of(double[][] left, double[][] right, double[] coefficients) {
    return new ProductSvd(left, right, coefficients);
  }

  /**
   * The singular values.
   *
   * @return min(d, k, R) values, descending; a copy
   */
  public double[] singularValues() {
    return singularValues.clone();
  }

  /**
   * The rounding error of the singular values: those at or below it cannot be told from zero.
   *
   * @return 2^-52 times the sum of |c_j| |b_j| |a_j|
   */
  public double noise() {
    return noise;
  }

  /**
   * The first singular vectors. The component of largest magnitude of each left vector is positive;
   * of equal ones the first decides.
   *
   * @param rank how many, at most the number of singular values above zero
   * @return left vectors of length d, right vectors of length k
   */
  public Vectors vectors(int rank) {
    double[][] u = new double[rank][];
    double[][] v = new double[rank][];
    for (int j = 0; j < rank; j++) {
      u[j] = Arrays.copyOf(coreTransposed ? core.right(j) : core.left(j), d);
      v[j] = Arrays.copyOf(coreTransposed ? core.left(j) : core.right(j), k);
    }
    leftQr.multiply(u);
    rightQr.multiply(v);
    for (int j = 0; j < rank; j++) {
      if (largest(u[j]) < 0) {
        negate(u[j]);
        negate(v[j]);
      }
    }
    return new Vectors(u, v);
  }

  /**
   * Singular vectors.
   *
   * @param left u_j, orthonormal
   * @param right v_j, orthonormal
   */
  @SuppressWarnings(
      "ArrayRecordComponent") // The kernel's currency is arrays; nobody compares these.
  public record Vectors(double[][] left, double[][] right) {}

  /** The columns of P diag(c) N^T for triangular factors P (tall side) and N (short side). */
  private static double[][] core(HouseholderQr tall, HouseholderQr shortSide, double[] c) {
    double[][] tallRows = rows(tall, c.length);
    double[][] shortRows = rows(shortSide, c.length);
    for (double[] row : tallRows) {
      for (int j = 0; j < c.length; j++) {
        row[j] *= c[j];
      }
    }
    double[][] columns = new double[shortRows.length][tallRows.length];
    for (int col = 0; col < columns.length; col++) {
      for (int row = 0; row < tallRows.length; row++) {
        columns[col][row] =
            InnerProduct.of(tallRows[row], shortRows[col], Math.max(row, col), c.length);
      }
    }
    return columns;
  }

  private static double[][] rows(HouseholderQr qr, int length) {
    double[][] rows = new double[qr.size()][length];
    for (int row = 0; row < rows.length; row++) {
      for (int j = row; j < length; j++) {
        rows[row][j] = qr.r(row, j);
      }
    }
    return rows;
  }

  /** Scales to a magnitude of 1 to 2 and returns the exponent taken out; zeros stay. */
  private static int scaleToOne(double[]... vectors) {
    double max = 0;
    for (double[] x : vectors) {
      max = Math.max(max, Math.abs(largest(x)));
    }
    if (max == 0 || !Double.isFinite(max)) {
      return 0;
    }
    int exponent = Math.getExponent(max);
    if (exponent != 0) {
      for (double[] x : vectors) {
        scale(x, exponent);
      }
    }
    return exponent;
  }

  private static void scale(double[] x, int exponent) {
    // In two steps, since 2^-exponent itself may overflow.
    double half = Math.scalb(1.0, -(exponent / 2));
    double rest = Math.scalb(1.0, -(exponent - exponent / 2));
    for (int i = 0; i < x.length; i++) {
      x[i] = x[i] * half * rest;
    }
  }

  private static double norm(double[] x) {
    return Math.sqrt(InnerProduct.of(x, x));
  }

  /** The element of largest magnitude; of equal ones the first. */
  private static double largest(double[] x) {
    double found = 0;
    double size = 0;
    for (double value : x) {
      if (Math.abs(value) > size) {
        found = value;
        size = Math.abs(value);
      }
    }
    return found;
  }

  private static void negate(double[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = -x[i];
    }
  }
}
