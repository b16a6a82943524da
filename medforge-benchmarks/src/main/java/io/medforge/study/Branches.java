package io.medforge.study;

import io.medforge.forge.Contribution;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.branch.Distillation;
import io.medforge.plugin.branch.LoraTraining;
import io.medforge.plugin.branch.TrainingOptions;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.djl.Network;

/** What happens inside a hospital: it trains its plugin module and distils its patients. */
final class Branches {
  private final TrainingPlan plan;
  private final long seed;
  private final Network base;

  Branches(TrainingPlan plan, long seed, Network base) {
    this.plan = plan;
    this.seed = seed;
    this.base = base;
  }

  /** A hospital's contribution. */
  Contribution contribution(String centre, TrainingRows patients) {
    return new Contribution(lora(centre, patients), distilled(centre, patients));
  }

  /** A LoRA on the frozen base. */
  PluginModule lora(String centre, TrainingRows patients) {
    TrainingOptions options =
        TrainingOptions.seeded(Seeds.derive(seed, "lora/" + centre))
            .epochs(plan.localEpochs())
            .batchSize(plan.batchSize())
            .learningRate(plan.loraLearningRate())
            .build();
    return LoraTraining.of(base, new PluginId(centre, "wdbc", "1"), TrainingRows.LABELS, options)
        .rank(plan.rank())
        .alpha(plan.alpha())
        .build()
        .train(patients.inputs(), patients.classes());
  }

  private DistilledSet distilled(String centre, TrainingRows patients) {
    return Distillation.byDistributionMatching(
            base, TrainingRows.LABELS, Seeds.derive(seed, "distil/" + centre))
        .perClass(plan.distilledPerClass())
        .build()
        .distil(patients.inputs(), patients.classes());
  }
}
