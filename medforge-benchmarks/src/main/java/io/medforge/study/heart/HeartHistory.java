package io.medforge.study.heart;

import io.medforge.forge.Contribution;
import io.medforge.forge.mainline.Mainline;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import io.medforge.study.evidence.Lineage;
import io.medforge.study.evidence.WeightPath;
import java.util.ArrayList;
import java.util.List;

/**
 * The main branch as hospitals join in order of name.
 *
 * @param fitted Mixture's fitted weights
 * @param searched Fusion's searched weights
 * @param lineage of the main branch that merges by Fusion; at the end the last hospital withdraws
 */
record HeartHistory(WeightPath fitted, WeightPath searched, Lineage lineage) {
  static HeartHistory of(SeedRun run, ModelRuntime runtime, HeartPlan plan) {
    List<Contribution> arrived = new ArrayList<>();
    for (PluginModule module : run.modules().values()) {
      DistilledSet set = run.sets().get(module.id());
      if (set == null) {
        throw new IllegalStateException("expected a distilled set of " + module.id());
      }
      arrived.add(new Contribution(module, set));
    }
    Mainline<PluginModule> branch = Mainline.of(Fusion.average().build()).build();
    arrived.forEach(branch::offer);
    branch.withdraw(arrived.get(arrived.size() - 1).module().id(), "the study shows a withdrawal");
    return new HeartHistory(
        WeightPath.fitted(arrived, runtime),
        WeightPath.searched(arrived, runtime, plan.searchEvaluations(), run.seed()),
        new Lineage(branch.versions()));
  }
}
