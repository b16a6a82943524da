package io.medforge.study.xray;

import io.medforge.forge.Contribution;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.fusion.GramRule;
import io.medforge.merge.mixture.FittedWeights;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.Mixture;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.PluginModule;
import io.medforge.study.evidence.CentreClassifier;
import io.medforge.study.evidence.Cost;
import io.medforge.study.evidence.Entrant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Methods where the last hospital sends poison: without a defence, by a robust rule, checked. */
final class PoisonedMethods {
  static final String GROUP = "poisoned";

  private final List<XrayRun> runs;
  private final PoisonedHospital.Poison poison;
  private final List<PoisonedHospital> attacks;
  private final Cost fusionCost;
  private final Cost mixtureCost;

  /**
   * Prepares the attack on every seed.
   *
   * @param fusionCost what Fusion costs
   * @param mixtureCost what Mixture costs
   */
  PoisonedMethods(
      List<XrayRun> runs,
      XrayHospitals hospitals,
      PoisonedHospital.Poison poison,
      Cost fusionCost,
      Cost mixtureCost) {
    this.runs = List.copyOf(runs);
    this.poison = poison;
    this.attacks = runs.stream().map(run -> PoisonedHospital.of(run, hospitals, poison)).toList();
    this.fusionCost = fusionCost;
    this.mixtureCost = mixtureCost;
  }

  /** The attacks, seed by seed. */
  List<PoisonedHospital> attacks() {
    return attacks;
  }

  List<Entrant> entrants() {
    MergeStrategy<PluginModule> mean = Fusion.average().rank(XrayModels.RANK).build();
    MergeStrategy<PluginModule> median =
        Fusion.by(GramRule.geometricMedian()).rank(XrayModels.RANK).build();
    return List.of(
        entrant("Fusion", fusionCost, fused(mean, PoisonedHospital::contributions)),
        entrant(
            "Fusion, geometric median", fusionCost, fused(median, PoisonedHospital::contributions)),
        entrant("Fusion, checked", fusionCost, fused(mean, PoisonedHospital::admitted)),
        entrant("Mixture", mixtureCost, mixed(PoisonedHospital::contributions, Gate::memory)),
        entrant(
            "Mixture, fitted",
            mixtureCost,
            mixed(
                PoisonedHospital::contributions, memory -> Gate.fitted(FittedWeights.fit(memory)))),
        entrant("Mixture, checked", mixtureCost, mixed(PoisonedHospital::admitted, Gate::memory)));
  }

  private Entrant entrant(
      String name, Cost cost, BiFunction<XrayRun, PoisonedHospital, CentreClassifier> how) {
    List<CentreClassifier> bySeed = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      bySeed.add(how.apply(runs.get(i), attacks.get(i)));
    }
    return new Entrant(name(poison, name), GROUP, bySeed, cost);
  }

  static String name(PoisonedHospital.Poison poison, String method) {
    return poison.text() + ": " + method;
  }

  private static BiFunction<XrayRun, PoisonedHospital, CentreClassifier> fused(
      MergeStrategy<PluginModule> strategy, Function<PoisonedHospital, List<Contribution>> whose) {
    return (run, attack) ->
        XrayMethods.plugin(run, strategy.merge(plugins(whose.apply(attack))).value());
  }

  private static BiFunction<XrayRun, PoisonedHospital, CentreClassifier> mixed(
      Function<PoisonedHospital, List<Contribution>> whose, Function<OutputMemory, Gate> gate) {
    return (run, attack) -> {
      List<Contribution> contributions = whose.apply(attack);
      OutputMemory memory = OutputMemory.record(contributions, run.runtime());
      return XrayMethods.mixture(
          run, Mixture.gatedBy(gate.apply(memory)).build().merge(plugins(contributions)).value());
    };
  }

  private static PluginSet plugins(List<Contribution> contributions) {
    return PluginSet.of(contributions.stream().map(Contribution::module).toList());
  }
}
