package io.medforge.merge.fusion;

import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Tensor;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * PEFT's "ties_svd", "magnitude_prune_svd", "dare_linear_svd" and "dare_ties_svd": products {@code
 * s_i B_i A_i} multiplied out, merged, cut to a rank.
 */
record PeftPrunedSvd(PeftPruning pruning, PeftSvdOptions options) implements PeftCombination {
  private static final int TILE = 1 << 14;

  @Override
  public String name() {
    return "peft-" + pruning.name() + "-svd";
  }

  @Override
  public SortedMap<String, String> parameters() {
    SortedMap<String, String> parameters = new TreeMap<>(pruning.parameters());
    parameters.putAll(new PeftSvd(options).parameters());
    return parameters;
  }

  @Override
  public int mergedRank(List<Integer> adapterRanks) {
    return new PeftSvd(options).mergedRank(adapterRanks);
  }

  @Override
  public MergedLayer merge(
      String layer, List<WeightedUpdate<LowRankUpdate>> parts, int mergedRank, double scaling) {
    LowRankUpdate like = parts.get(0).update();
    PeftSvd.checkRank(layer, like, mergedRank);
    PeftPruning.checkType(layer, PeftRule.commonType(layer, parts));
    Tensor merged = merged(layer, parts);
    DenseCompression.Decomposed found =
        new DenseCompression(DType.F32, TILE).decompose(layer, merged, like, mergedRank);
    return new PeftSvd(options)
        .write(layer, found.svd(), found.outside(), like, DType.F32, mergedRank, scaling);
  }

  /** The delta before the cut. */
  Tensor merged(String layer, List<WeightedUpdate<LowRankUpdate>> parts) {
    List<Tensor> deltas =
        parts.stream().map(part -> LayerUpdates.delta(layer, part.update())).toList();
    List<Float> weights =
        parts.stream().map(part -> (float) new PeftSvd(options).coefficient(part)).toList();
    return pruning.merge(layer, deltas, weights);
  }
}
