package io.medforge.merge.fusion;

import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Update;
import java.util.List;

/** The weighted average of any kind of update; a plugin set holds one kind per layer. */
record AverageRule(LayerRule<LowRankUpdate> lowRank, WholeTensorRule wholeTensors)
    implements LayerRule<Update> {
  @Override
  public MergedLayer merge(String layer, List<WeightedUpdate<Update>> updates) {
    Update first = updates.get(0).update();
    if (first instanceof LowRankUpdate) {
      return lowRank.merge(layer, as(LowRankUpdate.class, updates));
    }
    if (first instanceof DenseUpdate) {
      return wholeTensors.dense(layer, as(DenseUpdate.class, updates));
    }
    return wholeTensors.replacement(layer, as(Replacement.class, updates));
  }

  private static <U extends Update> List<WeightedUpdate<U>> as(
      Class<U> kind, List<WeightedUpdate<Update>> updates) {
    return updates.stream().map(part -> part.as(kind)).toList();
  }
}
