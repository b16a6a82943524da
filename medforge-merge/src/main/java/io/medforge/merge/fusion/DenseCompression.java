package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.MatrixFactors;
import io.medforge.merge.kernel.ProductSvd;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Tensor;

/**
 * Cuts a delta without low rank to a chosen one. Exact (Eckart and Young) for small ones, else by
 * subspace iteration over tiles, see {@link MatrixFactors}. The record states what was lost,
 * measured in either case: {@code |M - B A|^2 / |M|^2}.
 */
record DenseCompression(DType type, int tile) {
  private static final int FIRST_RANK = 16;

  /** What it holds beside its input and result. */
  static long bytes(long d, long k, long rank) {
    return MatrixFactors.bytes(d, k, rank);
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
    MatrixFactors found =
        MatrixFactors.of(source(delta, columns), rows, columns, rank, Math.max(1, tile / columns));
    boolean turned = like.layout() == LowRankUpdate.Layout.IN_OUT;
    return new Decomposed(
        ProductSpaceRule.decompose(
            layer,
            turned ? found.right() : found.left(),
            turned ? found.left() : found.right(),
            found.ones()),
        found.outside());
  }

  private static MatrixFactors.Source source(Tensor delta, int columns) {
    return new MatrixFactors.Source() {
      @Override
      public void read(int first, int count, float[] into) {
        delta.read((long) first * columns, into, 0, count * columns);
      }

      @Override
      public void read(int index, double[] into) {
        delta.read((long) index * columns, into, 0, columns);
      }
    };
  }
}
