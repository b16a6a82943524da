package io.medforge.plugin.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.forge.Contribution;
import io.medforge.forge.LeakageCertificate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.branch.Distillation;
import io.medforge.plugin.branch.InitialParameters;
import io.medforge.plugin.branch.LoraTraining;
import io.medforge.plugin.branch.NoiseSource;
import io.medforge.plugin.branch.PrivateTraining;
import io.medforge.plugin.branch.TrainingOptions;
import io.medforge.plugin.privacy.PrivacyLoss;
import io.medforge.plugin.privacy.SampledGaussian;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.DjlRuntime;
import io.medforge.runtime.djl.Network;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The audit against what a centre really trains: LoRA, DP-SGD on LoRA, distribution matching. */
class TrainersAuditTest {
  private static final int WIDTH = 400;
  private static final int PATIENTS = 120;
  private static final LabelSpace LABELS = LabelSpace.of("ill", "no", "yes");
  private static final PluginId PLUGIN = PluginId.parse("st-anna/ill:1");
  private static final Network NETWORK =
      Network.of(
          "mlp",
          Architecture.mlp("fc1", "fc2"),
          InitialParameters.mlp(List.of("fc1", "fc2"), List.of(WIDTH, 64, 2), 1));
  private static final Cohort MEMBERS = LogisticTraining.patients(1, PATIENTS, WIDTH, 0.5);
  private static final Cohort STRANGERS = LogisticTraining.patients(2, PATIENTS, WIDTH, 0.5);
  private static final DistilledSet NOISE =
      DistilledSet.of(
          LABELS,
          LogisticTraining.patients(3, 20, WIDTH, 0).inputs(),
          LogisticTraining.balanced(20));

  private static LoraTraining training(int epochs, double rate, int batch, int seed) {
    TrainingOptions options =
        TrainingOptions.seeded(seed)
            .epochs(epochs)
            .batchSize(batch)
            .learningRate(rate)
            .weightDecay(0)
            .build();
    return LoraTraining.of(NETWORK, PLUGIN, LABELS, options).rank(8).build();
  }

  private static LeakageAudit.Builder audit(PluginModule module, DjlRuntime runtime) {
    return LeakageAudit.of(new Contribution(module, NOISE), runtime, MEMBERS, STRANGERS)
        .withoutAttribute("none here");
  }

  private static AttackResult result(AuditReport report, String attack) {
    return report.results().stream()
        .filter(each -> each.attack().equals(attack))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void anOverfittedLoraIsCaught() {
    ShadowTraining overfitting =
        (part, index) -> training(60, 0.01, 32, index + 1).train(part.inputs(), part.classes());
    try (DjlRuntime runtime = DjlRuntime.open(NETWORK)) {
      AuditReport report =
          audit(overfitting.train(MEMBERS, 99), runtime).shadows(8, overfitting).build().run();

      assertThat(report.verdict()).isEqualTo(Verdict.FAIL);
      assertThat(report.isComplete()).isTrue();
      AttackResult found = result(report, "loss-threshold");
      assertThat(found.verdict()).isEqualTo(Verdict.FAIL);
      assertThat(found.figures().get("auc").value()).isGreaterThan(0.9);
      assertThat(result(report, "base-referenced-loss").verdict()).isEqualTo(Verdict.FAIL);
      assertThat(report.level()).isEqualTo(LeakageCertificate.Level.L0);
    }
  }

  @Test
  void aPrivateLoraKeepsItsPromise() {
    PrivacyLoss promised = new PrivacyLoss(1, 1e-5);
    ShadowTraining privately = (part, index) -> privately(part, promised, index + 1).module();
    try (DjlRuntime runtime = DjlRuntime.open(NETWORK)) {
      PrivateTraining.Released released = privately(MEMBERS, promised, 99);
      AuditReport report =
          audit(released.module(), runtime).shadows(8, privately).guarantee(promised).build().run();

      for (AttackResult attack : report.results()) {
        attack.roc().ifPresent(roc -> staysUnder(promised, attack));
      }
      assertThat(report.level()).isIn(LeakageCertificate.Level.L3, LeakageCertificate.Level.L4);
      assertThat(result(report, "loss-threshold").figures().get("auc").value()).isLessThan(0.65);
    }
  }

  /** TPR at most e^epsilon FPR + delta, each rate within its interval. */
  private static void staysUnder(PrivacyLoss promised, AttackResult attack) {
    Roc roc = attack.roc().orElseThrow();
    for (int i = 0; i < roc.falsePositiveRates().size(); i++) {
      int found = (int) Math.round(roc.truePositiveRates().get(i) * PATIENTS);
      int flagged = (int) Math.round(roc.falsePositiveRates().get(i) * PATIENTS);
      assertThat(BinomialInterval.lower(found, PATIENTS))
          .as("%s, %s of %s flagged", attack.attack(), flagged, PATIENTS)
          .isLessThanOrEqualTo(
              promised.truePositiveBound(BinomialInterval.upper(flagged, PATIENTS)));
    }
    assertThat(attack.figures().get("epsilon-lower-bound").value())
        .isLessThanOrEqualTo(promised.epsilon());
  }

  private static PrivateTraining.Released privately(Cohort part, PrivacyLoss promised, int seed) {
    LoraTraining training = training(30, 0.02, 32, seed);
    SampledGaussian steps = PrivateTraining.of(training, 1).build().spentOn(part.size());
    double sigma =
        SampledGaussian.within(steps.samplingRate(), steps.steps(), promised).noiseMultiplier();
    return PrivateTraining.of(training, sigma)
        .noise(NoiseSource.seeded(seed))
        .build()
        .train(part.inputs(), part.classes());
  }

  @Test
  void aDistilledSetThatBeganAsPatientsIsCaughtAndOneFromNoiseIsNot() {
    PluginModule module = training(2, 0.001, 32, 1).train(MEMBERS.inputs(), MEMBERS.classes());
    DistilledSet fromNoise =
        Distillation.byDistributionMatching(NETWORK, LABELS, 1)
            .perClass(10)
            .steps(60)
            .embeddings(20)
            .build()
            .distil(MEMBERS.inputs(), MEMBERS.classes());
    try (DjlRuntime runtime = DjlRuntime.open(NETWORK)) {
      AttackResult caught = nearest(module, begunAsPatients(), runtime);
      AttackResult innocent = nearest(module, fromNoise, runtime);

      assertThat(caught.verdict()).isEqualTo(Verdict.FAIL);
      assertThat(caught.figures().get("distance-ratio").upper()).isLessThan(0.8);
      assertThat(innocent.verdict()).as(innocent.reason()).isEqualTo(Verdict.PASS);
    }
  }

  private static AttackResult nearest(PluginModule module, DistilledSet set, DjlRuntime runtime) {
    return result(
        LeakageAudit.of(new Contribution(module, set), runtime, MEMBERS, STRANGERS).build().run(),
        "nearest-neighbours");
  }

  /** Ten patients of each class, moved a little, as matching from a real start leaves them. */
  private static DistilledSet begunAsPatients() {
    double[][] rows = Cohort.rows(MEMBERS.inputs());
    Random random = new Random(4);
    float[][] begun = new float[20][WIDTH];
    int[] classes = new int[20];
    int[] taken = new int[2];
    int at = 0;
    for (int row = 0; at < begun.length; row++) {
      int label = MEMBERS.classOf(row);
      if (taken[label]++ < 10) {
        for (int i = 0; i < WIDTH; i++) {
          begun[at][i] = (float) (rows[row][i] + 0.3 * random.nextGaussian());
        }
        classes[at++] = label;
      }
    }
    return DistilledSet.of(LABELS, ModelInput.ofRows(begun), classes);
  }
}
