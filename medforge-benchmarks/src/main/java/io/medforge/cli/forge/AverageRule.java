package io.medforge.cli.forge;

import io.medforge.forge.mainline.Staleness;
import io.medforge.forge.mainline.StrategySource;
import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelRuntime;
import java.util.Optional;

/**
 * The average of Fusion, in product space.
 *
 * @param rank the merged module's bound
 * @param staleness how much less a module trained from an old version weighs
 */
record AverageRule(int rank, Staleness staleness) implements MergeRule {
  static final String NAME = "fusion.average";

  AverageRule {
    Fusion.average().rank(rank); // refuses what is no rank
  }

  static AverageRule of(StrictJson strategy) {
    strategy.keys("name", "rank", "staleness", "slope", "grace");
    return new AverageRule((int) strategy.whole("rank"), staleness(strategy));
  }

  private static Staleness staleness(StrictJson strategy) {
    return switch (strategy.has("staleness") ? strategy.text("staleness") : "constant") {
      case "constant" -> Staleness.constant();
      case "inverse-root" -> Staleness.inverseRoot();
      case "hinge" -> Staleness.hinge(strategy.number("slope"), (int) strategy.whole("grace"));
      default -> throw strategy.wrong("constant, inverse-root or hinge", "staleness");
    };
  }

  @Override
  public boolean asksTheModel() {
    return false;
  }

  @Override
  public boolean missingLayersAllowed() {
    return false;
  }

  @Override
  public StrategySource<ForgedModel> source(Optional<ModelRuntime> runtime) {
    return staleness.source(
        shares -> {
          MergeStrategy<PluginModule> average =
              Fusion.average().coefficients(Coefficients.perPlugin(shares)).rank(rank).build();
          return plugins -> {
            Merged<PluginModule> merged = average.merge(plugins);
            return new Merged<>(new FusedModule(merged.value()), merged.record());
          };
        });
  }
}
