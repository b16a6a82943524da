package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;

/** Applies a combination to every layer under one merged configuration. */
record PeftRule(PeftCombination combination, int mergedRank, double scaling)
    implements LayerRule<Update> {

  /** The merged configuration has alpha = r and otherwise what the first adapter has. */
  static PeftRule of(PeftCombination combination, List<PluginModule> adapters, boolean useRsLora) {
    List<Integer> ranks = new ArrayList<>();
    for (PluginModule adapter : adapters) {
      long largest = 0;
      for (Update update : adapter.updates().values()) {
        if (update instanceof LowRankUpdate lowRank) {
          largest = Math.max(largest, lowRank.rank());
        }
      }
      ranks.add(Math.toIntExact(largest));
    }
    int rank = combination.mergedRank(ranks);
    return new PeftRule(combination, rank, useRsLora ? rank / Math.sqrt(rank) : 1);
  }

  @Override
  public MergedLayer merge(String layer, List<WeightedUpdate<Update>> updates) {
    List<WeightedUpdate<LowRankUpdate>> parts = new ArrayList<>();
    for (WeightedUpdate<Update> part : updates) {
      if (!(part.update() instanceof LowRankUpdate)) {
        throw new IncompatiblePluginsException(
            "expected only low-rank updates, found "
                + (part.update() instanceof DenseUpdate ? "a dense update" : "a replacement")
                + ", at plugin "
                + part.plugin()
                + ", layer "
                + layer
                + " (PEFT would drop it; Fusion.average merges it)");
      }
      parts.add(part.as(LowRankUpdate.class));
    }
    return combination.merge(layer, parts, mergedRank, scaling);
  }

  /** The one type of all factors. */
  static DType commonType(String layer, List<WeightedUpdate<LowRankUpdate>> parts) {
    WeightedUpdate<LowRankUpdate> first = parts.get(0);
    DType type = first.update().a().dtype();
    for (WeightedUpdate<LowRankUpdate> part : parts) {
      for (Tensor factor : List.of(part.update().a(), part.update().b())) {
        if (factor.dtype() != type) {
          throw new IncompatiblePluginsException(
              "expected factors of "
                  + type
                  + " as in "
                  + first.plugin()
                  + ", found "
                  + factor.dtype()
                  + ", at plugin "
                  + part.plugin()
                  + ", layer "
                  + layer);
        }
      }
    }
    return type;
  }
}
