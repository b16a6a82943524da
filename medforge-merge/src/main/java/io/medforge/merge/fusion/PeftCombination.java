package io.medforge.merge.fusion;

import io.medforge.plugin.LowRankUpdate;
import java.util.List;
import java.util.SortedMap;

/** One of PEFT's combination types. */
interface PeftCombination {
  /** The strategy's name in records. */
  String name();

  /** Settings for the record. */
  SortedMap<String, String> parameters();

  /** The rank of the merged configuration, from the adapters' ranks in order. */
  int mergedRank(List<Integer> adapterRanks);

  /** Merges the adapters that have a layer, in order; the scaling is the merged configuration's. */
  MergedLayer merge(
      String layer, List<WeightedUpdate<LowRankUpdate>> parts, int mergedRank, double scaling);
}
