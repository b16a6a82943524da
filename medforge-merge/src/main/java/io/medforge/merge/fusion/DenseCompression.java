package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
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
record DenseCompression(DType type, int tile) {
  private static final int EXACT = 96;
  private static final int OVERSAMPLING = 10;
  private static final int ITERATIONS = 2;
  private static final int FIRST_RANK = 16;

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
  record Decomposed(ProductSvd svd, double outside) {
    Spectrum spectrum() {
      return new Spectrum(svd.singularValues(), svd.noise());
    }
  }

  /** Cuts to a number, or to the least rank that keeps the energy. */
  MergedLayer compress(String layer, Tensor delta, LowRankUpdate like, Rank rank) {
    if (rank.fixed().isPresent()) {
      return cut(layer, decompose(layer, delta, like, rank.fixed().getAsInt()), like, rank);
    }
    long most = mostUseful(like);
    for (long r = Math.min(FIRST_RANK, most); ; r = Math.min(2 * r, most)) {
      Decomposed found = decompose(layer, delta, like, (int) r);
      Spectrum spectrum = found.spectrum();
      int least = rank.choose(spectrum, found.outside());
      if (found.outside() == 0 || least <= r) {
        return cut(layer, found, like, Rank.of(Math.max(1, least)));
      }
      if (r == most) {
        throw new IncompatiblePluginsException(
            "expected an energy that a rank of at most d k / (d + k) = "
                + most
                + " keeps, found "
                + rank
                + " to need a greater one, whose factors hold more than the layer itself, at layer "
                + layer
                + " (denseOutput keeps all of it)");
      }
    }
  }

  private MergedLayer cut(String layer, Decomposed found, LowRankUpdate like, Rank rank) {
    return ProductSpaceRule.cut(rank, layer, like, found.svd(), found.outside(), type);
  }

  /** The first singular values, as many as wanted, or all that factors are of use for. */
  RankPlan.Leading leading(String layer, Tensor delta, LowRankUpdate like, int wanted) {
    int r = (int) Math.min(wanted, mostUseful(like));
    Decomposed found = decompose(layer, delta, like, r);
    double[] values = found.spectrum().values(found.outside() == 0 ? Integer.MAX_VALUE : r);
    boolean all = found.outside() == 0 || values.length < r || r == mostUseful(like);
    return new RankPlan.Leading(values, all);
  }

  private static long mostUseful(LowRankUpdate like) {
    double d = like.out();
    double k = like.in();
    return Math.max(1, (long) (d * k / (d + k)));
  }

  /** The first singular values and vectors, at least as many as {@code rank}. */
  Decomposed decompose(String layer, Tensor delta, LowRankUpdate like, int rank) {
    int rows = ProductSpaceRule.length(layer, "first dimension", delta.shape().dimension(0));
    int columns =
        ProductSpaceRule.length(
            layer, "product of dimensions", delta.shape().elements() / Math.max(1, rows));
    return isExact(Math.min(rows, columns), rank)
        ? exact(layer, delta, like, rows, columns)
        : iterated(layer, delta, like, rows, columns, rank);
  }

  private Decomposed iterated(
      String layer, Tensor delta, LowRankUpdate like, int rows, int columns, int rank) {
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
