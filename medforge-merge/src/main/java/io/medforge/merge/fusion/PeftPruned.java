package io.medforge.merge.fusion;

import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/** PEFT's "ties", "magnitude_prune", "dare_linear" and "dare_ties": factors apart. */
record PeftPruned(PeftPruning pruning) implements PeftCombination {
  @Override
  public String name() {
    return "peft-" + pruning.name();
  }

  @Override
  public SortedMap<String, String> parameters() {
    return pruning.parameters();
  }

  @Override
  public int mergedRank(List<Integer> adapterRanks) {
    return new PeftLinear().mergedRank(adapterRanks);
  }

  @Override
  public MergedLayer merge(
      String layer, List<WeightedUpdate<LowRankUpdate>> parts, int mergedRank, double scaling) {
    LowRankUpdate first = parts.get(0).update();
    DType type = PeftRule.commonType(layer, parts);
    PeftPruning.checkType(layer, type);
    List<Float> aWeights = new ArrayList<>();
    List<Float> bWeights = new ArrayList<>();
    for (WeightedUpdate<LowRankUpdate> part : parts) {
      PeftLinear.checkRank(layer, parts.get(0), part);
      double weight = part.weight() * part.update().scaling();
      float root = (float) Math.sqrt(Math.abs(weight));
      bWeights.add(root);
      aWeights.add(weight >= 0 ? root : -root);
    }
    List<Tensor> a = parts.stream().map(part -> part.update().a()).toList();
    List<Tensor> b = parts.stream().map(part -> part.update().b()).toList();
    LowRankUpdate merged =
        new LowRankUpdate(
            merged(layer + ", factor A", type, a, aWeights),
            merged(layer + ", factor B", type, b, bWeights),
            scaling,
            first.layout());
    return ExactComparison.of(layer, parts, merged);
  }

  private Tensor merged(String where, DType type, List<Tensor> tensors, List<Float> weights) {
    Tensor computed = pruning.merge(where, tensors, weights);
    return TensorSum.of("layer " + where, type, computed).tensor();
  }
}
