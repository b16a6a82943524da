package io.medforge.merge.kernel;

import java.util.Arrays;

/**
 * A d x k matrix M without low rank, written as {@code sum_j left_j right_j^T}: exactly, as unit
 * vectors times its rows or columns, where the shorter side is at most {@value #EXACT} or little
 * longer than the rank that is wanted; elsewhere nearly, by {@link SubspaceIteration} with a few
 * more vectors than wanted. What is left out is measured either way. Deterministic. Immutable once
 * made.
 */
public final class MatrixFactors {
  private static final int EXACT = 96;
  private static final int OVERSAMPLING = 10;
  private static final int ITERATIONS = 2;

  private final double[][] left;
  private final double[][] right;
  private final double outside;

  private MatrixFactors(double[][] left, double[][] right, double outside) {
    this.left = left;
    this.right = right;
    this.outside = outside;
  }

  /** Reads rows of M, whole blocks as floats and single rows as doubles. */
  public interface Source extends SubspaceIteration.Rows {
    /**
     * Reads a row.
     *
     * @param index which
     * @param into receives its k elements
     */
    void read(int index, double[] into);
  }

  /**
   * Factors a matrix.
   *
   * @param source reads M from front to back, once or {@value #ITERATIONS} + 1 times
   * @param d rows of M, at least 1
   * @param k columns of M, at least 1
   * @param rank how many singular vectors are wanted, at least 1
   * @param rowsAtOnce how many rows are read at a time; the result does not depend on it
   * @return its factors
   */
  public static MatrixFactors of(Source source, int d, int k, int rank, int rowsAtOnce) {
    if (isExact(Math.min(d, k), rank)) {
      return exact(source, d, k);
    }
    SubspaceIteration found =
        SubspaceIteration.of(source, d, k, rank + OVERSAMPLING, ITERATIONS, rowsAtOnce);
    return new MatrixFactors(found.left(), found.right(), found.residual());
  }

  private static MatrixFactors exact(Source source, int d, int k) {
    boolean byRows = d <= k;
    int n = Math.min(d, k);
    double[][] lines = new double[n][Math.max(d, k)];
    double[] row = new double[k];
    for (int i = 0; i < d; i++) {
      source.read(i, row);
      for (int j = 0; j < k; j++) {
        if (byRows) {
          lines[i][j] = row[j];
        } else {
          lines[j][i] = row[j];
        }
      }
    }
    double[][] units = new double[n][n];
    for (int i = 0; i < n; i++) {
      units[i][i] = 1;
    }
    return byRows ? new MatrixFactors(units, lines, 0) : new MatrixFactors(lines, units, 0);
  }

  /**
   * What factoring and a decomposition of the factors hold beside the matrix and the block that is
   * read.
   *
   * @param d rows of M
   * @param k columns of M
   * @param rank how many singular vectors are wanted
   * @return bytes
   */
  public static long bytes(long d, long k, long rank) {
    long vectors = isExact(Math.min(d, k), rank) ? 2 * Math.min(d, k) : 3 * (rank + OVERSAMPLING);
    return Double.BYTES * vectors * (d + k);
  }

  private static boolean isExact(long shorter, long rank) {
    return shorter <= EXACT || shorter - rank <= OVERSAMPLING;
  }

  /**
   * The left vectors.
   *
   * @return vectors of length d; not a copy
   */
  public double[][] left() {
    return left;
  }

  /**
   * The right vectors.
   *
   * @return as many, of length k; not a copy
   */
  public double[][] right() {
    return right;
  }

  /**
   * One for each pair, as {@link ProductSvd} takes them.
   *
   * @return a new array
   */
  public double[] ones() {
    double[] ones = new double[left.length];
    Arrays.fill(ones, 1);
    return ones;
  }

  /**
   * What the factors leave out.
   *
   * @return the squared Frobenius norm of {@code M - sum_j left_j right_j^T}, to rounding errors of
   *     that of M
   */
  public double outside() {
    return outside;
  }
}
