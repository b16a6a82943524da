package io.medforge.merge.fusion;

import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a rule is applied: what does not depend on the rule.
 *
 * @param denseOutput whether what has no low rank stays dense; otherwise it is cut to the rank
 */
record RuleSettings(
    FusionSpace space,
    Rank rank,
    boolean denseOutput,
    OutputType type,
    OptionalLong seed,
    MemoryBudget memory) {
  /** The same with results stored in a type. */
  RuleSettings withType(OutputType chosen) {
    return new RuleSettings(space, rank, denseOutput, chosen, seed, memory);
  }

  /** As text, for the record; the memory budget changes no result. */
  SortedMap<String, String> parameters() {
    SortedMap<String, String> parameters = new TreeMap<>();
    parameters.put("output-type", type.toString());
    parameters.put("space", space.toString());
    if (denseOutput) {
      parameters.put("output", "dense");
    } else if (space != FusionSpace.FACTORS) {
      parameters.put("rank", rank.toString());
    }
    return parameters;
  }
}
