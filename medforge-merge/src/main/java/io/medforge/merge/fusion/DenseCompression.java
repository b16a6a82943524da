package io.medforge.merge.fusion;

import io.medforge.merge.kernel.ProductSvd;
import io.medforge.merge.kernel.SubspaceIteration;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Tensor;
import java.util.Arrays;

/**
 * Cuts a delta without low rank to a chosen one. Exact (Eckart and Young) where the shorter side is
 * at most {@value #EXACT} or little longer than the rank; elsewhere by subspace iteration over
 * tiles, with a few more vectors than asked for. The record states what was lost, measured in
 * either case: {@code |M - B A|^2 / |M|^2}.
 */
record DenseCompression(int rank, DType type, int tile) {
  private static final int EXACT = 96;
  private static final int OVERSAMPLING = 10;
  private static final int ITERATIONS = 2;

  /** What it holds beside its input and result. */
  static long bytes(long d, long k, long rank) {
    long vectors = isExact(Math.min(d, k), rank) ? 2 * Math.min(d, k) : 3 * (rank + OVERSAMPLING);
    return 8 * vectors * (d + k);
  }

  private static boolean isExact(long shorter, long rank) {
    return shorter <= EXACT || shorter - rank <= OVERSAMPLING;
  }

  /**
   * Singular values and vectors, in the orientation of B and A.
   *
   * @param outside the energy that they leave out
   */
  record Decomposed(ProductSvd svd, double outside) {}

  MergedLayer compress(String layer, Tensor delta, LowRankUpdate like) {
    Decomposed found = decompose(layer, delta, like);
    return ProductSpaceRule.cut(Rank.of(rank), layer, like, found.svd(), found.outside(), type);
  }

  Decomposed decompose(String layer, Tensor delta, LowRankUpdate like) {
    int rows = ProductSpaceRule.length(layer, "first dimension", delta.shape().dimension(0));
    int columns =
        ProductSpaceRule.length(
            layer, "product of dimensions", delta.shape().elements() / Math.max(1, rows));
    return isExact(Math.min(rows, columns), rank)
        ? exact(layer, delta, like, rows, columns)
        : iterated(layer, delta, like, rows, columns);
  }

  private Decomposed iterated(
      String layer, Tensor delta, LowRankUpdate like, int rows, int columns) {
    SubspaceIteration found =
        SubspaceIteration.of(
            (first, count, into) -> delta.read((long) first * columns, into, 0, count * columns),
            rows,
            columns,
            rank + OVERSAMPLING,
            ITERATIONS,
            Math.max(1, tile / columns));
    return decomposed(layer, like, found.left(), found.right(), found.residual());
  }

  /** As the sum of unit vectors times the rows or the columns, whichever are fewer. */
  private Decomposed exact(String layer, Tensor delta, LowRankUpdate like, int rows, int columns) {
    int n = Math.min(rows, columns);
    double[][] lines = new double[n][Math.max(rows, columns)];
    double[] row = new double[columns];
    for (int i = 0; i < rows; i++) {
      delta.read((long) i * columns, row, 0, columns);
      for (int j = 0; j < columns; j++) {
        if (rows <= columns) {
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
    return rows <= columns
        ? decomposed(layer, like, units, lines, 0)
        : decomposed(layer, like, lines, units, 0);
  }

  private static Decomposed decomposed(
      String layer, LowRankUpdate like, double[][] left, double[][] right, double outside) {
    boolean turned = like.layout() == LowRankUpdate.Layout.IN_OUT;
    double[] ones = new double[left.length];
    Arrays.fill(ones, 1);
    return new Decomposed(
        ProductSpaceRule.decompose(layer, turned ? right : left, turned ? left : right, ones),
        outside);
  }
}
