package io.medforge.merge.fusion;

import java.util.Collections;
import java.util.List;

/** {@code sum w_i Delta_i}. */
record MeanRule() implements AveragingRule {
  @Override
  public RuleDescription description() {
    return new RuleDescription(
        "average",
        Collections.emptySortedMap(),
        List.of(FusionSpace.PRODUCT, FusionSpace.FACTORS, FusionSpace.DENSE),
        false,
        true);
  }

  @Override
  public LayerAverage average(LayerUpdates layer) {
    return new LayerAverage.Combination(layer.weights());
  }
}
