package io.medforge.cli.forge;

import io.medforge.forge.Contribution;
import io.medforge.forge.mainline.StrategySource;
import io.medforge.runtime.ModelRuntime;
import java.util.List;
import java.util.Optional;

/** How a charter says that contributions become one. Immutable. */
sealed interface MergeRule permits AverageRule, MixtureRule {
  /**
   * Reads a charter's strategy.
   *
   * @throws IllegalArgumentException if it is unknown or a setting is
   */
  static MergeRule of(StrictJson strategy) {
    return switch (strategy.text("name")) {
      case AverageRule.NAME -> AverageRule.of(strategy);
      case MixtureRule.NAME -> MixtureRule.of(strategy);
      default ->
          throw strategy.wrong("a strategy of fusion.average or " + MixtureRule.NAME, "name");
    };
  }

  /** Whether a merge runs the base model. */
  boolean asksTheModel();

  /** Whether plugins may change different layers. */
  boolean missingLayersAllowed();

  /**
   * The strategies.
   *
   * @param runtime the base model; a rule that asks it can merge nothing without
   */
  StrategySource<ForgedModel> source(Optional<ModelRuntime> runtime);

  /**
   * The strategies for parts of some contributions, as {@link #source} makes them but with what
   * they share computed once: for valuations, which merge many parts.
   */
  default StrategySource<ForgedModel> sourceWithin(
      List<Contribution> all, Optional<ModelRuntime> runtime) {
    return source(runtime);
  }
}
