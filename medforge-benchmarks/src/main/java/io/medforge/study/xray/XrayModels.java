package io.medforge.study.xray;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.branch.Distillation;
import io.medforge.plugin.branch.FullTraining;
import io.medforge.plugin.branch.InitialParameters;
import io.medforge.plugin.branch.LoraTraining;
import io.medforge.plugin.branch.TrainingOptions;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.Network;
import io.medforge.runtime.djl.VisionTransformer;
import io.medforge.study.Seeds;
import java.util.SortedMap;

/** The X-ray suite's models: a small vision transformer and LoRAs on it. Immutable. */
final class XrayModels {
  /** What the logits mean. */
  static final LabelSpace LABELS = LabelSpace.of("chest-x-ray", "pneumonia", "normal");

  private static final int PATCH = 7;
  private static final int HEADS = 4;
  private static final String NAME = "chest-vit";
  private static final int BATCH = 32;
  private static final double BASE_RATE = 1e-3;
  private static final double LORA_RATE = 2e-3;
  static final int RANK = 4;
  static final double ALPHA = 8;
  private static final int EMBEDDINGS = 10;
  private static final int PATIENTS_PER_STEP = 32;

  private final XrayPlan plan;
  private final long seed;
  private final Network base;

  private XrayModels(XrayPlan plan, long seed, Network base) {
    this.plan = plan;
    this.seed = seed;
    this.base = base;
  }

  /** Pre-trains the base. */
  static XrayModels preTrained(XrayPlan plan, Images publicShare, long seed) {
    VisionTransformer architecture =
        VisionTransformer.of(Images.SIDE, PATCH, LABELS.size())
            .width(plan.width())
            .depth(plan.depth())
            .heads(HEADS)
            .hidden(2 * plan.width())
            .build();
    Network start =
        Network.of(
            NAME,
            architecture,
            InitialParameters.visionTransformer(architecture, Seeds.derive(seed, "base/initial")));
    SortedMap<String, Tensor> trained =
        FullTraining.of(start, LABELS, options(plan.baseEpochs(), BASE_RATE, seed, "base"))
            .train(publicShare.inputs(), publicShare.labels());
    return new XrayModels(plan, seed, Network.of(NAME, architecture, trained));
  }

  /** The same base with other numbers. */
  XrayModels with(SortedMap<String, Tensor> parameters) {
    return new XrayModels(plan, seed, Network.of(NAME, base.architecture(), parameters));
  }

  private static TrainingOptions options(int epochs, double rate, long seed, String purpose) {
    return TrainingOptions.seeded(Seeds.derive(seed, purpose))
        .epochs(epochs)
        .batchSize(BATCH)
        .learningRate(rate)
        .build();
  }

  Network base() {
    return base;
  }

  /** A hospital's LoRA. */
  PluginModule lora(String centre, Images images) {
    return lora(centre, images, plan.epochs(), "lora/" + centre);
  }

  /** A hospital's LoRA after fewer passes. */
  PluginModule lora(String centre, Images images, int epochs, String purpose) {
    return lora(centre, images.inputs(), images.labels(), epochs, purpose);
  }

  /** The same of images as the model takes them. */
  PluginModule lora(String centre, ModelInput inputs, int[] labels, int epochs, String purpose) {
    return LoraTraining.of(
            base,
            new PluginId(centre, "x-ray", "1"),
            LABELS,
            options(epochs, LORA_RATE, seed, purpose))
        .rank(RANK)
        .alpha(ALPHA)
        .build()
        .train(inputs, labels);
  }

  /** A hospital's distilled images. */
  DistilledSet distil(String centre, Images images) {
    return Distillation.byDistributionMatching(base, LABELS, Seeds.derive(seed, "distil/" + centre))
        .perClass(plan.distilled())
        .steps(plan.distillationSteps())
        .embeddings(EMBEDDINGS)
        .patientsPerStep(PATIENTS_PER_STEP)
        .build()
        .distil(images.inputs(), images.labels());
  }

  /** The bytes of a LoRA's numbers. */
  static long bytes(PluginModule plugin) {
    long bytes = 0;
    for (var update : plugin.updates().values()) {
      if (!(update instanceof LowRankUpdate lowRank)) {
        throw new IllegalArgumentException("expected low-rank updates, found another");
      }
      bytes += lowRank.a().dtype().byteSize(lowRank.a().shape());
      bytes += lowRank.b().dtype().byteSize(lowRank.b().shape());
    }
    return bytes;
  }

  /** The bytes of a distilled set: pixels in F32, a byte per class. */
  static long bytes(DistilledSet set) {
    return set.inputs().values().dtype().byteSize(set.inputs().values().shape()) + set.size();
  }
}
