package io.medforge.merge.kernel;

import java.util.Arrays;
import java.util.Comparator;

/**
 * X = U S V^T of a small m x n matrix, by one-sided Jacobi rotations. Small singular values come
 * out as exactly as the matrix determines them. Deterministic: fixed sweeps, fixed order.
 * Immutable.
 *
 * <p>Hestenes, SIAM J. 1958; Demmel and Veselic, Jacobi's method is more accurate than QR, SIMAX
 * 1992; de Rijk, SISSC 1989 (keeping the longer column first).
 */
public final class JacobiSvd {
  /*
   * Rotate pairs of columns of X until all are orthogonal: X V = U S. Pairs are visited row by row;
   * two columns count as orthogonal if their cosine is below the rounding error of computing it, so
   * a sweep without rotation ends the iteration. Convergence is quadratic; 6 to 10 sweeps are usual.
   * Columns below the rounding error of the whole matrix hold nothing but noise, which rotations
   * would chase for ever; they are left alone.
   */
  private static final int MAX_SWEEPS = 64;

  private final double[] singularValues;
  private final double[][] left;
  private final double[][] right;

  private JacobiSvd(double[][] x, int length) {
    int n = x.length;
    double[][] v = identity(n);
    Rotations rotations = new Rotations(x, v, length);
    int sweeps = 0;
    while (rotations.sweep()) {
      if (++sweeps == MAX_SWEEPS) {
        throw new IllegalStateException(
            "expected Jacobi rotations to converge within "
                + MAX_SWEEPS
                + " sweeps, at "
                + n
                + " columns of "
                + length);
      }
    }
    double[] norms = new double[n];
    Integer[] order = new Integer[n];
    for (int j = 0; j < n; j++) {
      norms[j] = Math.sqrt(InnerProduct.of(x[j], x[j], 0, length));
      order[j] = j;
    }
    // Stable, so equal values keep their order.
    Arrays.sort(order, Comparator.comparingDouble((Integer j) -> -norms[j]));
    singularValues = new double[n];
    left = new double[n][];
    right = new double[n][];
    for (int j = 0; j < n; j++) {
      singularValues[j] = norms[order[j]];
      left[j] = x[order[j]];
      right[j] = v[order[j]];
      normalise(left[j], singularValues[j], length);
    }
  }

  /**
   * Decomposes.
   *
   * @param columns the columns of X, each at least {@code length} long and finite, of a magnitude
   *     whose squares are finite; overwritten and kept
   * @param length m
   * @return the decomposition
   */
  public static JacobiSvd of(double[][] columns, int length) {
    return new JacobiSvd(columns, length);
  }

  /**
   * The singular values.
   *
   * @return n values, descending; not a copy
   */
  public double[] singularValues() {
    return singularValues;
  }

  /**
   * A left singular vector.
   *
   * @param j the singular value's index
   * @return at least m elements, of norm 1 (zero if the singular value is zero), orthogonal to the
   *     others if the singular value exceeds 2^-52 times the norm of X; not a copy
   */
  public double[] left(int j) {
    return left[j];
  }

  /**
   * A right singular vector.
   *
   * @param j the singular value's index
   * @return n elements, of norm 1; not a copy
   */
  public double[] right(int j) {
    return right[j];
  }

  private static void normalise(double[] x, double norm, int length) {
    if (norm > 0) {
      for (int t = 0; t < length; t++) {
        x[t] /= norm;
      }
    }
  }

  private static double[][] identity(int n) {
    double[][] columns = new double[n][n];
    for (int j = 0; j < n; j++) {
      columns[j][j] = 1;
    }
    return columns;
  }

  /** Rotates pairs of columns of X, and those of V alike. */
  private static final class Rotations {
    /*
     * A rotation takes t ab from one squared norm and gives it to the other, so the norms need no
     * inner products of their own; they are taken anew at each sweep, and where cancellation has
     * eaten four bits of one.
     */
    private static final double CANCELLED = 0x1p-4;

    private final double[][] x;
    private final double[][] v;
    private final int length;
    private final double[] squares;
    private final double tolerance;
    private final double floor;

    Rotations(double[][] x, double[][] v, int length) {
      this.x = x;
      this.v = v;
      this.length = length;
      this.squares = new double[x.length];
      this.tolerance = Math.ulp(1.0) * (2 + Math.sqrt(length));
      double total = 0;
      for (double[] column : x) {
        total += InnerProduct.of(column, column, 0, length);
      }
      this.floor = Math.ulp(1.0) * Math.ulp(1.0) * total;
    }

    /** Visits every pair once; returns whether any was rotated. */
    boolean sweep() {
      for (int j = 0; j < x.length; j++) {
        squares[j] = InnerProduct.of(x[j], x[j], 0, length);
      }
      boolean rotated = false;
      for (int p = 0; p < x.length - 1; p++) {
        for (int q = p + 1; q < x.length; q++) {
          rotated |= orthogonalise(p, q);
        }
      }
      return rotated;
    }

    private boolean orthogonalise(int p, int q) {
      if (squares[p] < squares[q]) {
        swap(p, q);
      }
      double aa = squares[p];
      double bb = squares[q];
      if (bb <= floor) {
        return false;
      }
      double ab = InnerProduct.of(x[p], x[q], 0, length);
      if (Math.abs(ab) <= tolerance * Math.sqrt(aa) * Math.sqrt(bb)) {
        return false;
      }
      double zeta = (bb - aa) / (2 * ab);
      double size = Math.abs(zeta);
      // Beyond 2^500 the square overflows, and 1 is far below its rounding error.
      double tangent =
          Math.copySign(
              size > 0x1p500 ? 0.5 / size : 1 / (size + Math.sqrt(1 + size * size)), zeta);
      double cosine = 1 / Math.sqrt(1 + tangent * tangent);
      rotate(x[p], x[q], cosine, cosine * tangent, length);
      rotate(v[p], v[q], cosine, cosine * tangent, v.length);
      squares[p] = aa - tangent * ab;
      double left = bb + tangent * ab;
      squares[q] = left < CANCELLED * bb ? InnerProduct.of(x[q], x[q], 0, length) : left;
      return true;
    }

    private void swap(int p, int q) {
      double[] column = x[p];
      x[p] = x[q];
      x[q] = column;
      column = v[p];
      v[p] = v[q];
      v[q] = column;
      double square = squares[p];
      squares[p] = squares[q];
      squares[q] = square;
    }

    private static void rotate(double[] a, double[] b, double cosine, double sine, int length) {
      for (int t = 0; t < length; t++) {
        double at = a[t];
        double bt = b[t];
        a[t] = cosine * at - sine * bt;
        b[t] = sine * at + cosine * bt;
      }
    }
  }
}
