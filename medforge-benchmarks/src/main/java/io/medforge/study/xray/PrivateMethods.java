package io.medforge.study.xray;

import io.medforge.forge.Contribution;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.Mixture;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.PluginModule;
import io.medforge.study.evidence.CentreClassifier;
import io.medforge.study.evidence.Cost;
import io.medforge.study.evidence.Entrant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Fusion and Mixture of what hospitals send under a guarantee. Both make one item of what left, so
 * the guarantee covers the item too, whoever gets it.
 */
final class PrivateMethods {
  static final String GROUP = "private";

  /** How many of the suite's seeds. */
  static final int RUNS = 2;

  private final XrayPlan plan;
  private final XrayHospitals hospitals;
  private final List<XrayRun> runs;
  private final Cost fusionCost;
  private final Cost mixtureCost;

  /** Costs are those of the same methods without a guarantee: shapes do not change. */
  PrivateMethods(
      XrayPlan plan,
      XrayHospitals hospitals,
      List<XrayRun> runs,
      Cost fusionCost,
      Cost mixtureCost) {
    this.plan = plan;
    this.hospitals = hospitals;
    this.runs = runs.subList(0, Math.min(RUNS, runs.size()));
    this.fusionCost = fusionCost;
    this.mixtureCost = mixtureCost;
  }

  static String name(double epsilon, String method) {
    return String.format(Locale.ROOT, "epsilon %.0f: %s", epsilon, method);
  }

  /** Both methods at each guarantee. */
  List<Entrant> entrants() {
    List<Entrant> entrants = new ArrayList<>();
    for (double epsilon : plan.epsilons()) {
      List<CentreClassifier> fused = new ArrayList<>();
      List<CentreClassifier> mixed = new ArrayList<>();
      for (XrayRun run : runs) {
        List<Contribution> released = released(run, epsilon);
        PluginSet plugins = PluginSet.of(released.stream().map(Contribution::module).toList());
        MergeStrategy<PluginModule> average = Fusion.average().rank(XrayModels.RANK).build();
        fused.add(XrayMethods.plugin(run, average.merge(plugins).value()));
        Gate gate = Gate.memory(OutputMemory.record(released, run.runtime()));
        mixed.add(XrayMethods.mixture(run, Mixture.gatedBy(gate).build().merge(plugins).value()));
      }
      entrants.add(new Entrant(name(epsilon, XrayMethods.FUSION), GROUP, fused, fusionCost));
      entrants.add(new Entrant(name(epsilon, XrayMethods.MIXTURE), GROUP, mixed, mixtureCost));
    }
    return entrants;
  }

  private List<Contribution> released(XrayRun run, double epsilon) {
    PrivateBranch branch = new PrivateBranch(run.models(), plan, epsilon);
    List<Contribution> released = new ArrayList<>();
    hospitals
        .training()
        .forEach(
            (centre, images) ->
                released.add(branch.release(centre, images, run.seed()).contribution()));
    return released;
  }
}
