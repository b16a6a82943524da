package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.ProductSvd;
import io.medforge.plugin.LowRankUpdate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Rules on the singular vectors of the updates: Iso-C and TSV-M. */
record SpectralRule(String name) implements AveragingRule {
  /*
   * Iso-C: sum w_i Delta_i = U S V^T becomes mean(S) U V^T.
   *
   * TSV-M: of each w_i Delta_i = U_i S_i V_i^T the first q singular values; U = [U_1 ... U_n] and V
   * likewise are replaced by their polar factors U (U^T U)^(-1/2), the nearest orthonormal vectors, so
   * that no plugin writes into another's directions; the sum is U~ diag(S_1 ... S_n) V~^T.
   *
   * Both papers, and fusion_bench, form dense matrices and give weight to arbitrary null vectors where
   * the plugins' ranks do not fill min(d, k). Here only directions that some plugin has take part: the
   * mean in Iso-C is over the numerical rank of the sum, and polar factors are partial isometries.
   */
  static SpectralRule isoC() {
    return new SpectralRule("iso-c");
  }

  static SpectralRule tsvM() {
    return new SpectralRule("tsv-m");
  }

  @Override
  public RuleDescription description() {
    return new RuleDescription(
        name, Collections.emptySortedMap(), List.of(FusionSpace.PRODUCT), false, false);
  }

  @Override
  public LayerAverage average(LayerUpdates layer) {
    if (!layer.isLowRank()) {
      return vectors(layer);
    }
    List<WeightedUpdate<LowRankUpdate>> parts = new ArrayList<>();
    for (LayerUpdates.Member member : layer.members()) {
      LowRankUpdate update = (LowRankUpdate) member.update();
      if (member.weight() * update.scaling() != 0) {
        parts.add(new WeightedUpdate<>(member.plugin(), update, member.weight()));
      }
    }
    Terms terms = name.equals("iso-c") ? isoC(layer.layer(), parts) : tsvM(layer, parts);
    return terms.values.length == 0
        ? new LayerAverage.Combination(Collections.nCopies(layer.size(), 0.0))
        : new LayerAverage.Factored(terms.left, terms.right, terms.values);
  }

  /** A vector has no singular directions: the weighted sum, as both papers take its mean. */
  private LayerAverage vectors(LayerUpdates layer) {
    if (layer.shape().dimensions() > 1) {
      throw new IncompatiblePluginsException(
          "expected low-rank updates, or dense ones of one dimension, for "
              + name
              + ", found a dense update of "
              + layer.shape()
              + ", at layer "
              + layer.layer());
    }
    return new LayerAverage.Combination(layer.weights());
  }

  private static Terms isoC(String layer, List<WeightedUpdate<LowRankUpdate>> parts) {
    if (parts.isEmpty()) {
      return Terms.NONE;
    }
    Terms sum = terms(ProductSpaceRule.decompose(layer, parts), Integer.MAX_VALUE);
    double mean = 0;
    for (double value : sum.values) {
      mean += value / sum.values.length;
    }
    double[] flat = new double[sum.values.length];
    Arrays.fill(flat, mean);
    return new Terms(sum.left, flat, sum.right);
  }

  private static Terms tsvM(LayerUpdates layer, List<WeightedUpdate<LowRankUpdate>> parts) {
    LowRankUpdate any = (LowRankUpdate) layer.members().get(0).update();
    int share = Math.max(1, (int) (Math.min(any.out(), any.in()) / layer.size()));
    List<Terms> kept = new ArrayList<>();
    for (WeightedUpdate<LowRankUpdate> part : parts) {
      kept.add(terms(ProductSpaceRule.decompose(layer.layer(), List.of(part)), share));
    }
    Terms all = Terms.concatenated(kept);
    return all.values.length == 0
        ? Terms.NONE
        : new Terms(polar(all.left), all.values, polar(all.right));
  }

  /** The first terms above the rounding error, at most {@code most}. */
  private static Terms terms(ProductSvd svd, int most) {
    double[] values = svd.singularValues();
    int kept = Math.min(most, new Spectrum(values, svd.noise()).numericalRank());
    ProductSvd.Vectors vectors = svd.vectors(kept);
    return new Terms(vectors.left(), Arrays.copyOf(values, kept), vectors.right());
  }

  /** X Y^T of X S Y^T, over its numerical rank. */
  private static double[][] polar(double[][] vectors) {
    int count = vectors.length;
    double[][] copy = new double[count][];
    double[][] identity = new double[count][count];
    double[] ones = new double[count];
    for (int j = 0; j < count; j++) {
      copy[j] = vectors[j].clone();
      identity[j][j] = 1;
      ones[j] = 1;
    }
    Terms svd = terms(ProductSvd.of(copy, identity, ones), count);
    double[][] polar = new double[count][vectors[0].length];
    for (int p = 0; p < svd.values.length; p++) {
      for (int j = 0; j < count; j++) {
        double y = svd.right[p][j];
        for (int t = 0; t < polar[j].length; t++) {
          polar[j][t] += y * svd.left[p][t];
        }
      }
    }
    return polar;
  }

  /** {@code sum_j values_j left_j right_j^T}. */
  @SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
  private record Terms(double[][] left, double[] values, double[][] right) {
    static final Terms NONE = new Terms(new double[0][], new double[0], new double[0][]);

    static Terms concatenated(List<Terms> terms) {
      List<double[]> left = new ArrayList<>();
      List<double[]> right = new ArrayList<>();
      for (Terms part : terms) {
        left.addAll(Arrays.asList(part.left));
        right.addAll(Arrays.asList(part.right));
      }
      return new Terms(
          left.toArray(double[][]::new),
          terms.stream().flatMapToDouble(part -> Arrays.stream(part.values)).toArray(),
          right.toArray(double[][]::new));
    }
  }
}
