package io.medforge.merge.fusion;

import io.medforge.merge.PluginSet;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Stores results in the type that the plugins had before they were aligned: aligned factors are
 * F64, for the sake of exactness.
 */
record OriginalTypeRule(RuleByLayer rule, PluginSet plugins) implements LayerRule<Update> {
  @Override
  public MergedLayer merge(String layer, List<WeightedUpdate<Update>> updates) {
    List<Tensor> factors = new ArrayList<>();
    for (PluginModule plugin : plugins.plugins()) {
      if (plugin.updates().get(layer) instanceof LowRankUpdate lowRank) {
        factors.add(lowRank.a());
        factors.add(lowRank.b());
      }
    }
    // One plugin is not aligned, and stays as it is.
    boolean rewritten = factors.size() > 2;
    RuleByLayer fitting =
        rewritten
            ? rule.withType(
                new OutputType(Optional.of(rule.settings().type().of(factors.stream()))))
            : rule;
    return fitting.merge(layer, updates);
  }

  @Override
  public LayerRule<Update> planned(WeightedLayers layers) {
    return new OriginalTypeRule(rule.planned(layers), plugins);
  }
}
