package io.medforge.merge.fusion;

import java.util.SortedMap;
import java.util.TreeMap;

/** The sum with the coefficients that {@link GramWeighting} found from whole plugins. */
record WholePluginRule(GramRule rule) implements AveragingRule {
  @Override
  public RuleDescription description() {
    RuleDescription inner = rule.description();
    SortedMap<String, String> parameters = new TreeMap<>(inner.parameters());
    parameters.put("scope", "plugin");
    return new RuleDescription(
        inner.name(), parameters, inner.spaces(), inner.seeded(), inner.averagesValues());
  }

  @Override
  public LayerAverage average(LayerUpdates layer) {
    return new LayerAverage.Combination(layer.weights());
  }
}
