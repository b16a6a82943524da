package io.medforge.study.xray;

import io.medforge.forge.Contribution;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.branch.LoraTraining;
import io.medforge.plugin.branch.NoiseSource;
import io.medforge.plugin.branch.PrivateDistillation;
import io.medforge.plugin.branch.PrivateTraining;
import io.medforge.plugin.branch.TrainingOptions;
import io.medforge.plugin.privacy.PrivacyLoss;
import io.medforge.plugin.privacy.RenyiCurve;
import io.medforge.plugin.privacy.SampledGaussian;
import io.medforge.runtime.DistilledSet;
import io.medforge.study.Seeds;
import java.util.List;

/**
 * What a hospital sends under one guarantee: a LoRA by DP-SGD and distilled images from two noisy
 * queries, (epsilon, {@value #DELTA}) for both together and for adding or removing an image. The
 * noise comes from the seed: right for a study on public data, and for nothing else. Immutable.
 */
final class PrivateBranch {
  /** Below one over the images of any hospital. */
  static final double DELTA = 1e-4;

  /** Of epsilon, what the distilled images alone may spend. */
  static final double SET_SHARE = 0.4;

  /** Images of a step, on average: the noise of a step is shared among them. */
  static final int BATCH = 128;

  private static final double RATE = 5e-3;
  private static final double CLIP_NORM = 1;
  private static final double PRECISION = 1e-3;

  private final XrayModels models;
  private final XrayPlan plan;
  private final double epsilon;

  PrivateBranch(XrayModels models, XrayPlan plan, double epsilon) {
    this.models = models;
    this.plan = plan;
    this.epsilon = epsilon;
  }

  /**
   * What leaves.
   *
   * @param contribution module and distilled images
   * @param spent on both together
   */
  record Released(Contribution contribution, PrivacyLoss spent) {}

  /** Trains and distils. */
  Released release(String centre, Images images, long seed) {
    long own = Seeds.derive(seed, "private/" + centre + "/" + epsilon);
    SampledGaussian query =
        SampledGaussian.within(1, 2, new PrivacyLoss(SET_SHARE * epsilon, DELTA));
    PrivateDistillation.Released set =
        PrivateDistillation.of(
                models.base(), XrayModels.LABELS, query.noiseMultiplier(), Seeds.derive(own, "set"))
            .perClass(plan.distilled())
            .steps(plan.distillationSteps())
            .randomNetworks(0)
            .noise(NoiseSource.seeded(Seeds.derive(own, "set/noise")))
            .build()
            .distil(images.inputs(), images.labels());
    RenyiCurve first = RenyiCurve.of(set.spent());
    LoraTraining training = training(centre, Seeds.derive(own, "module"));
    SampledGaussian steps = noise(training, images.size(), first);
    PrivateTraining.Released module =
        PrivateTraining.of(training, steps.noiseMultiplier())
            .clipNorm(CLIP_NORM)
            .noise(NoiseSource.seeded(Seeds.derive(own, "module/noise")))
            .build()
            .train(images.inputs(), images.labels());
    PluginModule plugin = module.module();
    DistilledSet distilled = set.set();
    return new Released(
        new Contribution(plugin, distilled),
        first.plus(RenyiCurve.of(module.spent())).spend(DELTA));
  }

  private LoraTraining training(String centre, long seed) {
    TrainingOptions options =
        TrainingOptions.seeded(seed)
            .epochs(plan.epochs())
            .batchSize(BATCH)
            .learningRate(RATE)
            .build();
    return LoraTraining.of(
            models.base(), new PluginId(centre, "x-ray", "1"), XrayModels.LABELS, options)
        .rank(XrayModels.RANK)
        .alpha(XrayModels.ALPHA)
        .build();
  }

  /** The least noise of the steps that keeps the guarantee after what was spent before. */
  private SampledGaussian noise(LoraTraining training, int images, RenyiCurve before) {
    SampledGaussian asked = PrivateTraining.of(training, 1).build().spentOn(images);
    double enough = 1;
    while (!keeps(asked, enough, before)) {
      enough *= 2;
    }
    double tooLittle = 0;
    while (enough - tooLittle > PRECISION * enough) {
      double middle = (enough + tooLittle) / 2;
      if (keeps(asked, middle, before)) {
        enough = middle;
      } else {
        tooLittle = middle;
      }
    }
    return new SampledGaussian(asked.samplingRate(), enough, asked.steps());
  }

  private boolean keeps(SampledGaussian asked, double noise, RenyiCurve before) {
    SampledGaussian steps = new SampledGaussian(asked.samplingRate(), noise, asked.steps());
    return before.plus(RenyiCurve.of(List.of(steps))).spend(DELTA).epsilon() <= epsilon;
  }
}
