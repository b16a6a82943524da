package io.medforge.study;

import io.medforge.forge.Contribution;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.djl.Network;
import java.util.List;

/**
 * Everything that was trained, before any merge. Immutable.
 *
 * @param base on the public share
 * @param contributions each hospital's module and distilled set, in the hospitals' order
 * @param pooledLora a LoRA on all hospitals' patients together
 * @param pooled all parameters on all hospitals' patients together
 * @param federated all parameters by federated averaging
 */
record Trained(
    Network base,
    List<Contribution> contributions,
    PluginModule pooledLora,
    Network pooled,
    Network federated) {
  /** Copies the list. */
  Trained {
    contributions = List.copyOf(contributions);
  }

  /**
   * Trains everything. Test patients are not among the arguments.
   *
   * @param plan how
   * @param seed of every draw
   * @param publicShare what the base may see
   * @param scale standardizes measurements
   * @param hospitals what each hospital may see
   * @param progress is told each step
   * @return the trained
   */
  static Trained train(
      TrainingPlan plan,
      long seed,
      Cohort publicShare,
      Standardization scale,
      List<HospitalCohort> hospitals,
      StudySteps progress) {
    BaseTraining whole = new BaseTraining(plan, seed);
    progress.next("training the base");
    Network base = whole.base(TrainingRows.of(publicShare, scale), publicShare.measurements());
    Branches branches = new Branches(plan, seed, base);
    List<Contribution> contributions =
        hospitals.stream()
            .map(
                hospital -> {
                  progress.next("training at " + hospital.profile().name());
                  return branches.contribution(
                      hospital.profile().name(), TrainingRows.of(hospital.training(), scale));
                })
            .toList();
    TrainingRows everybody =
        TrainingRows.of(
            Cohort.pooled(hospitals.stream().map(HospitalCohort::training).toList()), scale);
    progress.next("pooled training");
    PluginModule pooledLora = branches.lora("pooled", everybody);
    Network pooled = whole.pooled(base, everybody);
    progress.next("federated averaging");
    Network federated =
        whole.federated(
            base,
            hospitals.stream()
                .map(hospital -> TrainingRows.of(hospital.training(), scale))
                .toList());
    return new Trained(base, contributions, pooledLora, pooled, federated);
  }
}
