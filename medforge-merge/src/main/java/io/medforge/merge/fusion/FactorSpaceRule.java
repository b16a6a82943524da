package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Tensor;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * {@code A' = sum w_i A_i, B' = sum w_i B_i}: federated averaging of the factors (FedIT, Zhang et
 * al., ICASSP 2024). One scaling is kept; different ones are folded into B: {@code B' = sum w_i s_i
 * B_i}, scaling 1.
 */
record FactorSpaceRule(OutputType outputType) implements LayerRule<LowRankUpdate> {
  /*
   * B' A' = sum_i sum_j w_i w_j B_i A_j: beside w_i^2 B_i A_i it holds cross terms, so it equals the
   * merge of the products only if the plugins agree, and turning one plugin's basis changes it. A
   * negative weight would enter both factors and cancel, and weights that sum to W would scale the
   * product by W^2; both are refused rather than silently wrong.
   */
  @Override
  public MergedLayer merge(String layer, List<WeightedUpdate<LowRankUpdate>> updates) {
    check(layer, updates);
    LowRankUpdate first = updates.get(0).update();
    boolean oneScaling =
        updates.stream().allMatch(part -> part.update().scaling() == first.scaling());
    List<Tensor> a = updates.stream().map(part -> part.update().a()).toList();
    List<Tensor> b = updates.stream().map(part -> part.update().b()).toList();
    double[] aWeights = weights(updates, WeightedUpdate::weight);
    double[] bWeights =
        oneScaling ? aWeights : weights(updates, part -> part.weight() * part.update().scaling());
    LowRankUpdate fused = first;
    if (updates.size() > 1 || !outputType.keeps(first.a()) || !outputType.keeps(first.b())) {
      DType type = outputType.of(updates.stream().flatMap(u -> LowRankFactors.tensors(u.update())));
      fused =
          new LowRankUpdate(
              sum("layer " + layer + ", factor A", type, a, aWeights),
              sum("layer " + layer + ", factor B", type, b, bWeights),
              oneScaling ? first.scaling() : 1,
              first.layout());
      return ExactComparison.of(
          layer,
          updates,
          fused,
          new ExactComparison.FactorSums(bWeights, aWeights, oneScaling ? first.scaling() : 1));
    }
    return ExactComparison.of(layer, updates, fused);
  }

  /** Refuses what makes no mean of factors. */
  static void check(String layer, List<WeightedUpdate<LowRankUpdate>> updates) {
    WeightedUpdate<LowRankUpdate> first = updates.get(0);
    for (WeightedUpdate<LowRankUpdate> part : updates) {
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
                + layer
                + " (factors of different ranks have no mean; the product space merges them)");
      }
      if (part.weight() < 0) {
        throw new IncompatiblePluginsException(
            "expected coefficients of at least 0 in factor space, found "
                + part.weight()
                + ", at plugin "
                + part.plugin()
                + ", layer "
                + layer
                + " (its sign would cancel in B A; the product space subtracts)");
      }
    }
    WholeTensorRule.checkSumsToOne(layer, "factors", updates);
  }

  private static double[] weights(
      List<WeightedUpdate<LowRankUpdate>> updates,
      ToDoubleFunction<WeightedUpdate<LowRankUpdate>> weight) {
    return updates.stream().mapToDouble(weight).toArray();
  }

  /** In float, unless a double is read or written. */
  private static Tensor sum(String where, DType type, List<Tensor> tensors, double[] weights) {
    boolean wide =
        type == DType.F64 || tensors.stream().anyMatch(tensor -> tensor.dtype() == DType.F64);
    return (wide
            ? TensorSum.inDouble(where, type, tensors, weights)
            : TensorSum.inFloat(where, type, tensors, weights))
        .tensor();
  }
}
