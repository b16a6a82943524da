package io.medforge.cli.forge;

import io.medforge.cli.StoredMixture;
import io.medforge.forge.Contribution;
import io.medforge.forge.mainline.StrategySource;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.mixture.FittedWeights;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.GrowingMemory;
import io.medforge.merge.mixture.MemoryRecording;
import io.medforge.merge.mixture.Mixture;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.merge.mixture.WeightPrior;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelRuntime;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A mixture of one label space, whose gate is fitted to the memory of what every admitted plugin
 * answers on every admitted distilled set. A newcomer adds one row and one column to the memory.
 *
 * @param gate its name
 * @param perClass how many examples per class and set are remembered; all if empty
 */
record MixtureRule(String gate, OptionalInt perClass) implements MergeRule {
  static final String NAME = "mixture";

  private static final int NEIGHBOURS = 15;
  private static final List<String> GATES =
      List.of("memory", "nearest", "fitted", "calibrated", "uniform");

  static MixtureRule of(StrictJson strategy) {
    strategy.keys("name", "gate", "perClass");
    if (!GATES.contains(strategy.text("gate"))) {
      throw strategy.wrong("one of " + GATES, "gate");
    }
    OptionalInt perClass = OptionalInt.empty();
    if (strategy.has("perClass")) {
      long examples = strategy.whole("perClass");
      if (examples < 1 || examples > Integer.MAX_VALUE) {
        throw strategy.wrong("at least 1 example", "perClass");
      }
      perClass = OptionalInt.of((int) examples);
    }
    return new MixtureRule(strategy.text("gate"), perClass);
  }

  @Override
  public boolean asksTheModel() {
    return true;
  }

  @Override
  public boolean missingLayersAllowed() {
    return true;
  }

  @Override
  public StrategySource<ForgedModel> source(Optional<ModelRuntime> runtime) {
    GrowingMemory memories = GrowingMemory.of(() -> recording(runtime));
    return contributions -> strategy(memories.recall(contributions));
  }

  @Override
  public StrategySource<ForgedModel> sourceWithin(
      List<Contribution> all, Optional<ModelRuntime> runtime) {
    OutputMemory whole = recording(runtime).record(all);
    return contributions -> strategy(part(whole, contributions));
  }

  private MemoryRecording recording(Optional<ModelRuntime> runtime) {
    MemoryRecording recording =
        OutputMemory.recording(
            runtime.orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "expected the base model, which a mixture's memory asks, found none")));
    perClass.ifPresent(recording::perClass);
    return recording;
  }

  private static OutputMemory part(OutputMemory whole, List<Contribution> contributions) {
    Set<PluginId> stay =
        contributions.stream().map(each -> each.module().id()).collect(Collectors.toSet());
    OutputMemory memory = whole;
    for (PluginModule plugin : whole.plugins().plugins()) {
      if (!stay.contains(plugin.id())) {
        memory = memory.without(plugin.id());
      }
    }
    return memory;
  }

  private MergeStrategy<ForgedModel> strategy(OutputMemory memory) {
    int tasks = memory.labelSpaces().tasks().size();
    if (tasks != 1) {
      throw new IncompatiblePluginsException(
          "expected distilled sets of one label space, found " + memory.labelSpaces().tasks());
    }
    MergeStrategy<MixtureModel> mixture =
        Mixture.gatedBy(gate(memory)).labels(memory.labelSpaces().tasks().get(0)).build();
    return plugins -> {
      Merged<MixtureModel> merged = mixture.merge(plugins);
      StoredMixture stored = new StoredMixture(merged.value(), memory);
      return new Merged<>(new RememberedMixture(stored), merged.record());
    };
  }

  private Gate gate(OutputMemory memory) {
    return switch (gate) {
      case "memory" -> Gate.memory(memory);
      case "nearest" -> Gate.nearest(memory, NEIGHBOURS);
      case "fitted" -> Gate.fitted(FittedWeights.fit(memory, WeightPrior.crossValidated()));
      case "calibrated" -> Gate.calibrated(memory);
      default -> Gate.uniform();
    };
  }
}
