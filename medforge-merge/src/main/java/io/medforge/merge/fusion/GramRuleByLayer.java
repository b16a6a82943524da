package io.medforge.merge.fusion;

import io.medforge.merge.alignment.LowRankGram;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** A Gram rule that is asked layer by layer. */
record GramRuleByLayer(GramRule rule) implements AveragingRule {
  @Override
  public RuleDescription description() {
    RuleDescription whole = rule.description();
    SortedMap<String, String> parameters = new TreeMap<>(whole.parameters());
    parameters.put("scope", "layer");
    return new RuleDescription(
        whole.name(),
        parameters,
        List.of(FusionSpace.PRODUCT, FusionSpace.DENSE),
        whole.seeded(),
        false);
  }

  @Override
  public LayerAverage average(LayerUpdates layer) {
    LowRankGram gram =
        LowRankGram.ofUpdates(
            layer.layer(),
            layer.members().stream().map(LayerUpdates.Member::plugin).toList(),
            layer.members().stream().map(LayerUpdates.Member::update).toList());
    List<Double> shares =
        GramWeighting.shares(gram.plugins(), layer.weights(), "layer " + layer.layer());
    return new LayerAverage.Combination(rule.coefficients(gram, shares));
  }
}
