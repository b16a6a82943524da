package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A rule in factor space. One that only weighs is {@link FactorSpaceRule} with its coefficients;
 * one that looks at single elements is applied to the factors, each apart, as PEFT does, under the
 * same conditions: one rank, coefficients of at least 0 that sum to 1, different scalings folded
 * into B. The plugins' streams of random numbers differ between A and B.
 */
record FactorwiseRule(AveragingRule rule, RuleSettings settings) {
  private static final String FACTOR_A = ", factor A";
  private static final String FACTOR_B = ", factor B";

  MergedLayer merge(LayerUpdates layer, List<WeightedUpdate<LowRankUpdate>> updates) {
    FactorSpaceRule.check(layer.layer(), updates);
    LowRankUpdate first = updates.get(0).update();
    boolean oneScaling =
        updates.stream().allMatch(part -> part.update().scaling() == first.scaling());
    List<Tensor> a = updates.stream().map(part -> part.update().a()).toList();
    LayerAverage average = average(layer, FACTOR_A, a);
    if (average instanceof LayerAverage.Combination combination) {
      return new FactorSpaceRule(settings.type())
          .merge(layer.layer(), RuleByLayer.reweighted(updates, combination));
    }
    List<Tensor> b =
        updates.stream().map(part -> oneScaling ? part.update().b() : scaled(part)).toList();
    LowRankUpdate merged =
        new LowRankUpdate(
            merged(layer.layer() + FACTOR_A, average, a),
            merged(layer.layer() + FACTOR_B, average(layer, FACTOR_B, b), b),
            oneScaling ? first.scaling() : 1,
            first.layout());
    return ExactComparison.of(layer.layer(), updates, merged);
  }

  private static Tensor scaled(WeightedUpdate<LowRankUpdate> part) {
    Tensor b = part.update().b();
    return new ComputedTensor(b.shape(), new ScaledElements(b, part.update().scaling()));
  }

  private LayerAverage average(LayerUpdates layer, String factor, List<Tensor> tensors) {
    List<LayerUpdates.Member> members = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      LayerUpdates.Member member = layer.members().get(i);
      members.add(
          new LayerUpdates.Member(
              member.plugin(), member.digest(), new DenseUpdate(tensors.get(i)), member.weight()));
    }
    return rule.average(
        new LayerUpdates(layer.layer() + factor, members, layer.seed(), layer.tile()));
  }

  private Tensor merged(String name, LayerAverage average, List<Tensor> tensors) {
    if (!(average instanceof LayerAverage.Elements elements)) {
      throw new IncompatiblePluginsException(
          "expected single elements of "
              + rule.description().name()
              + " in factor space, found another answer, at layer "
              + name);
    }
    return new WholeTensorRule(settings.type()).assembled(name, elements.delta(), tensors).tensor();
  }
}
