package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.ProductSvd;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** PEFT's "svd": the product cut to a rank, all singular values on B. */
record PeftSvd(PeftSvdOptions options) implements PeftCombination {
  @Override
  public String name() {
    return "peft-svd";
  }

  @Override
  public SortedMap<String, String> parameters() {
    SortedMap<String, String> parameters = new TreeMap<>();
    parameters.put("svd-scaling", options.scaling().name());
    options.rank().ifPresent(rank -> parameters.put("svd-rank", Integer.toString(rank)));
    options.clamp().ifPresent(clamp -> parameters.put("svd-clamp", Double.toString(clamp)));
    return parameters;
  }

  @Override
  public int mergedRank(List<Integer> adapterRanks) {
    return options.rank().orElse(adapterRanks.stream().reduce(0, Math::max));
  }

  @Override
  public MergedLayer merge(
      String layer, List<WeightedUpdate<LowRankUpdate>> parts, int mergedRank, double scaling) {
    LowRankUpdate like = parts.get(0).update();
    checkRank(layer, like, mergedRank);
    DType type = PeftRule.commonType(layer, parts) == DType.F64 ? DType.F64 : DType.F32;
    ProductSvd svd = ProductSpaceRule.decompose(layer, parts.stream().map(this::inFloat).toList());
    return write(layer, svd, 0, like, type, mergedRank, scaling);
  }

  static void checkRank(String layer, LowRankUpdate like, int mergedRank) {
    if (mergedRank > Math.min(like.out(), like.in())) {
      throw new IncompatiblePluginsException(
          "expected svd_rank of at most min(d, k) = "
              + Math.min(like.out(), like.in())
              + ", found "
              + mergedRank
              + ", at layer "
              + layer);
    }
  }

  /** All singular values on B; columns and rows beyond the sum's own rank are zero. */
  MergedLayer write(
      String layer,
      ProductSvd svd,
      double outside,
      LowRankUpdate like,
      DType type,
      int mergedRank,
      double scaling) {
    Spectrum spectrum = new Spectrum(svd.singularValues(), svd.noise());
    int kept = Math.min(mergedRank, spectrum.numericalRank());
    ProductSvd.Vectors vectors = svd.vectors(kept);
    double[][] columns = new double[mergedRank][(int) like.out()];
    double[][] rows = new double[mergedRank][(int) like.in()];
    for (int j = 0; j < kept; j++) {
      rows[j] = vectors.right()[j];
      columns[j] = vectors.left()[j];
      for (int i = 0; i < columns[j].length; i++) {
        columns[j][i] *= spectrum.value(j);
      }
    }
    options.clamp().ifPresent(q -> QuantileClamp.apply(columns, rows, q, layer));
    return new MergedLayer.Fused(
        LowRankFactors.write(columns, rows, like, type, scaling, layer),
        spectrum.layer(mergedRank, kept, outside));
  }

  /** PEFT puts the coefficient into a float tensor and multiplies it with s B A. */
  private WeightedUpdate<LowRankUpdate> inFloat(WeightedUpdate<LowRankUpdate> part) {
    return new WeightedUpdate<>(part.plugin(), part.update(), (float) coefficient(part));
  }

  /** What the release multiplies s B A with. */
  double coefficient(WeightedUpdate<LowRankUpdate> part) {
    return switch (options.scaling()) {
      case ONCE_AS_0_21_2 -> part.weight();
      case TWICE_AS_0_20_0 -> part.weight() * part.update().scaling();
    };
  }
}
