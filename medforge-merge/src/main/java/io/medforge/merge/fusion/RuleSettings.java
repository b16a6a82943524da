package io.medforge.merge.fusion;

import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** How a rule is applied: what does not depend on the rule. */
record RuleSettings(FusionSpace space, Rank rank, OutputType type, OptionalLong seed) {
  /** The same with results stored in a type. */
  RuleSettings withType(OutputType chosen) {
    return new RuleSettings(space, rank, chosen, seed);
  }

  /** As text, for the record. */
  SortedMap<String, String> parameters() {
    SortedMap<String, String> parameters = new TreeMap<>();
    parameters.put("output-type", type.toString());
    parameters.put("space", space.toString());
    if (space == FusionSpace.PRODUCT) {
      parameters.put("rank", rank.toString());
    }
    if (space == FusionSpace.DENSE) {
      parameters.put("output", "dense");
    }
    return parameters;
  }
}
