package io.medforge.study.xray;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.admission.AdmissionPolicy;
import io.medforge.forge.admission.StalenessCheck;
import io.medforge.forge.mainline.Mainline;
import io.medforge.forge.mainline.Staleness;
import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * The last hospital comes late: hospital i trained from version i of the main branch, the last one
 * still from version 0. What the main branch weighs and says.
 *
 * @param module what a main branch that weighs by age has merged
 * @param rule how it weighs
 * @param shares of the hospitals' modules
 * @param effectiveSize how many equal modules weigh as much
 * @param held what a main branch says that admits one version of lateness
 * @param otherBase what any main branch says to a module that was trained on another base model
 */
record LateHospital(
    PluginModule module,
    Staleness rule,
    SortedMap<PluginId, Double> shares,
    double effectiveSize,
    String held,
    String otherBase) {
  static LateHospital of(XrayPlan plan, XrayRun run, XrayHospitals hospitals) {
    List<Contribution> dated = new ArrayList<>();
    int last = run.contributions().size() - 1;
    for (int i = 0; i <= last; i++) {
      dated.add(run.contributions().get(i).trainedFrom(i == last ? 0 : i));
    }
    Staleness rule = Staleness.inverseRoot();
    Mainline<PluginModule> weighing = Mainline.ofSource(rule.source(LateHospital::byShare)).build();
    dated.forEach(weighing::offer);
    SortedMap<PluginId, Double> shares = rule.shares(dated);
    return new LateHospital(
        weighing.head().merged().orElseThrow().value(),
        rule,
        shares,
        Staleness.effectiveSize(shares),
        held(dated),
        otherBase(plan, run, hospitals));
  }

  private static MergeStrategy<PluginModule> byShare(SortedMap<PluginId, Double> shares) {
    return Fusion.average()
        .coefficients(Coefficients.perPlugin(shares))
        .rank(XrayModels.RANK)
        .build();
  }

  private static String held(List<Contribution> dated) {
    Mainline<PluginModule> strict =
        Mainline.of(Fusion.average().rank(XrayModels.RANK).build())
            .policy(
                AdmissionPolicy.<PluginModule>builder()
                    .candidateCheck(new StalenessCheck<>(1))
                    .build())
            .build();
    return said(strict, dated);
  }

  /** The late hospital's base was trained for one pass, an earlier release of it. */
  private static String otherBase(XrayPlan plan, XrayRun run, XrayHospitals hospitals) {
    List<Contribution> offered = new ArrayList<>(run.contributions());
    Contribution current = offered.remove(offered.size() - 1);
    String centre = current.module().id().centre();
    XrayModels earlier =
        XrayModels.preTrained(plan.withBaseEpochs(1), hospitals.publicShare(), run.seed());
    offered.add(
        new Contribution(
            earlier.lora(centre, hospitals.of(centre), 1, "outdated"), current.distilled()));
    return said(Mainline.of(Fusion.average().rank(XrayModels.RANK).build()).build(), offered);
  }

  /** What was answered to the last offer. */
  private static String said(Mainline<PluginModule> branch, List<Contribution> offers) {
    String said = "";
    for (Contribution each : offers) {
      Admission<PluginModule> answer = branch.offer(each);
      said =
          PoisonedHospital.outcome(answer)
              + PoisonedHospital.findings(answer).stream()
                  .map(finding -> "; " + PoisonedHospital.text(finding))
                  .reduce("", String::concat);
    }
    return said;
  }
}
