package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;

/** PEFT's "linear": factors apart, each with the root of the coefficient, the sign on A only. */
record PeftLinear() implements PeftCombination {
  @Override
  public String name() {
    return "peft-linear";
  }

  @Override
  public SortedMap<String, String> parameters() {
    return Collections.emptySortedMap();
  }

  @Override
  public int mergedRank(List<Integer> adapterRanks) {
    if (adapterRanks.stream().distinct().count() != 1) {
      throw new IncompatiblePluginsException(
          "expected adapters of one rank for PEFT's linear, found ranks " + adapterRanks);
    }
    return adapterRanks.get(0);
  }

  @Override
  public MergedLayer merge(
      String layer, List<WeightedUpdate<LowRankUpdate>> parts, int mergedRank, double scaling) {
    LowRankUpdate first = parts.get(0).update();
    DType type = PeftRule.commonType(layer, parts);
    double[] aWeights = new double[parts.size()];
    double[] bWeights = new double[parts.size()];
    for (int i = 0; i < parts.size(); i++) {
      WeightedUpdate<LowRankUpdate> part = parts.get(i);
      checkRank(layer, parts.get(0), part);
      double weight = part.weight() * part.update().scaling();
      // The root is taken in double and rounded to float, whatever the factors' type.
      bWeights[i] = (float) Math.sqrt(Math.abs(weight));
      aWeights[i] = weight >= 0 ? bWeights[i] : -bWeights[i];
    }
    List<Tensor> a = parts.stream().map(part -> part.update().a()).toList();
    List<Tensor> b = parts.stream().map(part -> part.update().b()).toList();
    LowRankUpdate merged =
        new LowRankUpdate(
            sum("layer " + layer + ", factor A", type, a, aWeights),
            sum("layer " + layer + ", factor B", type, b, bWeights),
            scaling,
            first.layout());
    return ExactComparison.of(
        layer, parts, merged, new ExactComparison.FactorSums(bWeights, aWeights, scaling));
  }

  static void checkRank(
      String layer, WeightedUpdate<LowRankUpdate> first, WeightedUpdate<LowRankUpdate> part) {
    if (part.update().rank() != first.update().rank()) {
      throw new IncompatiblePluginsException(
          "expected rank "
              + first.update().rank()
              + " as in "
              + first.plugin()
              + ", found "
              + part.update().rank()
              + ", at plugin "
              + part.plugin()
              + ", layer "
              + layer);
    }
  }

  private static Tensor sum(String where, DType type, List<Tensor> tensors, double[] weights) {
    return (type == DType.F64
            ? TensorSum.inDouble(where, type, tensors, weights)
            : TensorSum.inFloat(where, type, tensors, weights))
        .tensor();
  }
}
