package io.medforge.merge.mixture;

import io.medforge.merge.PluginSet;
import io.medforge.runtime.GateParameters;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** 1/n each, whoever they are. */
record UniformGate() implements Gate {
  @Override
  public GateWeights weigh(GateQuery query) {
    return GateWeights.uniform(query.plugins().size());
  }

  @Override
  public GateDescription describe(PluginSet plugins) {
    GateWeights equal = GateWeights.uniform(plugins.size());
    return new GateDescription(
        "uniform",
        new TreeMap<>(),
        Optional.empty(),
        Optional.of(equal),
        Optional.of(new GateParameters.Static(Arrays.stream(equal.toArray()).boxed().toList())),
        Optional.empty(),
        List.of());
  }
}
