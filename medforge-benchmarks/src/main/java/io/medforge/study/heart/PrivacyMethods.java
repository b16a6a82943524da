package io.medforge.study.heart;

import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.Mixture;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.study.evidence.CentreClassifier;
import io.medforge.study.evidence.Cost;
import io.medforge.study.evidence.Entrant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The LoRA family with differential privacy: what leaves a hospital is trained with noise; what
 * stays need not be. So in Mixture a hospital asks its own plugin as it is, and the others' as they
 * were released; its own weights never leave it.
 */
final class PrivacyMethods {
  /** The guarantees. */
  static final List<Double> EPSILONS = List.of(1.0, 4.0, 16.0);

  private static final int RUNS = 2;

  private final HeartPlan plan;
  private final LoraFamily family;
  private final SortedMap<String, CentreRows> training;
  private final HeartCosts costs;

  PrivacyMethods(HeartPlan plan, LoraFamily family, SortedMap<String, CentreRows> training) {
    this.plan = plan;
    this.family = family;
    this.training = training;
    PluginModule module =
        family.train(new PluginId("any", "heart", "1"), training.values().iterator().next(), 0);
    this.costs = new HeartCosts(training.size(), family.bytes(module), family.modelBytes());
  }

  static String fusion(double epsilon) {
    return name(epsilon, "Fusion");
  }

  static String mixture(double epsilon) {
    return name(epsilon, "Mixture");
  }

  private static String name(double epsilon, String method) {
    return String.format(Locale.ROOT, "LoRA, epsilon %.0f: %s", epsilon, method);
  }

  /** Both methods at each guarantee. */
  List<Entrant> entrants() {
    List<Entrant> entrants = new ArrayList<>();
    for (double epsilon : EPSILONS) {
      List<CentreClassifier> fused = new ArrayList<>();
      List<CentreClassifier> mixed = new ArrayList<>();
      for (long seed : plan.seeds().subList(0, Math.min(RUNS, plan.seeds().size()))) {
        SortedMap<String, PluginModule> released = new TreeMap<>();
        training.forEach(
            (centre, rows) ->
                released.put(
                    centre,
                    family.trainPrivately(
                        new PluginId(centre, "heart", "1"), rows, epsilon, seed)));
        fused.add(
            Classifiers.plugin(
                family.runtime(),
                Fusion.average()
                    .rank(family.rank())
                    .build()
                    .merge(PluginSet.of(released.values()))
                    .value()));
        mixed.add(mixtures(released, seed));
      }
      entrants.add(entrant(fusion(epsilon), fused, costs.fusion(costs.module())));
      entrants.add(entrant(mixture(epsilon), mixed, costs.mixture()));
    }
    return entrants;
  }

  private static Entrant entrant(String name, List<CentreClassifier> bySeed, Cost cost) {
    return new Entrant(name, "LoRA, private", bySeed, cost);
  }

  private CentreClassifier mixtures(SortedMap<String, PluginModule> released, long seed) {
    SortedMap<String, CentreClassifier> gates = new TreeMap<>();
    training.forEach(
        (centre, rows) -> {
          HospitalBranch branch = new HospitalBranch(centre, rows, plan.folds(), family);
          SortedMap<String, PluginModule> seen = new TreeMap<>(released);
          seen.put(centre, branch.plugin(seed));
          PluginSet plugins = PluginSet.of(seen.values());
          gates.put(
              centre,
              Classifiers.mixture(
                  family.runtime(),
                  Mixture.gatedBy(Gate.fitted(branch.ownWeights(plugins, seed)))
                      .build()
                      .merge(plugins)
                      .value()));
        });
    return Classifiers.byCentre(gates);
  }
}
