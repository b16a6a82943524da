package io.medforge.plugin.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.forge.Contribution;
import io.medforge.forge.LeakageCertificate;
import io.medforge.forge.SigningKey;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.privacy.PrivacyLoss;
import io.medforge.plugin.privacy.SampledGaussian;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class LeakageAuditTest {
  private static final LabelSpace LABELS = LabelSpace.of("ill", "no", "yes");
  private static final LogisticRuntime RUNTIME = new LogisticRuntime();
  private static final LogisticTraining OVERFITTING = LogisticTraining.plain(300, 2);
  private static final LogisticTraining MODEST = LogisticTraining.plain(60, 0.5);

  private static DistilledSet fromNoise(int perClass, int width) {
    Cohort noise = LogisticTraining.patients(99, 2 * perClass, width, 0);
    return DistilledSet.of(LABELS, noise.inputs(), LogisticTraining.balanced(2 * perClass));
  }

  private static AttackResult result(AuditReport report, String attack) {
    return report.results().stream()
        .filter(each -> each.attack().equals(attack))
        .findFirst()
        .orElseThrow();
  }

  private static LeakageAudit.Builder audit(
      PluginModule plugin, DistilledSet distilled, Cohort members, Cohort strangers) {
    return LeakageAudit.of(new Contribution(plugin, distilled), RUNTIME, members, strangers);
  }

  @Test
  void catchesAnOverfittedPlugin() {
    Cohort members = LogisticTraining.patients(1, 100, 600, 0.5);
    Cohort strangers = LogisticTraining.patients(2, 100, 600, 0.5);
    AuditReport report =
        audit(OVERFITTING.train(members, 0), fromNoise(20, 600), members, strangers)
            .shadows(16, OVERFITTING::train)
            .withoutAttribute("none here")
            .safeguard(Safeguard.STARTED_FROM_NOISE)
            .build()
            .run();

    assertThat(report.verdict()).isEqualTo(Verdict.FAIL);
    assertThat(report.isComplete()).isTrue();
    for (String attack : List.of("loss-threshold", "base-referenced-loss", "lira-online")) {
      AttackResult result = result(report, attack);
      assertThat(result.verdict()).as(attack).isEqualTo(Verdict.FAIL);
      assertThat(result.figures().get("auc").value()).as(attack).isGreaterThan(0.9);
      assertThat(result.figures().get("auc").lower()).as(attack).isGreaterThan(0.85);
    }
    assertThat(result(report, "rmia").verdict()).isEqualTo(Verdict.FAIL);
    assertThat(report.level()).isEqualTo(LeakageCertificate.Level.L1);
  }

  @Test
  void passesAModestPluginOfManyPatients() {
    Cohort members = LogisticTraining.patients(3, 1200, 4, 1);
    Cohort strangers = LogisticTraining.patients(4, 1200, 4, 1);
    AuditReport report =
        audit(MODEST.train(members, 0), fromNoise(100, 4), members, strangers)
            .shadows(8, MODEST::train)
            .withoutAttribute("none here")
            .build()
            .run();

    assertThat(report.results())
        .allSatisfy(
            each ->
                assertThat(each.verdict())
                    .as(each.attack() + each.reason())
                    .isEqualTo(Verdict.PASS));
    assertThat(report.level()).isEqualTo(LeakageCertificate.Level.L2);
  }

  @Test
  void aSmallCohortSupportsNoClaim() {
    Cohort members = LogisticTraining.patients(5, 40, 4, 1);
    Cohort strangers = LogisticTraining.patients(6, 40, 4, 1);
    AuditReport report =
        audit(MODEST.train(members, 0), fromNoise(20, 4), members, strangers).build().run();

    AttackResult loss = result(report, "loss-threshold");
    assertThat(loss.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(loss.reason()).contains("too few");
    assertThat(loss.figures().keySet())
        .contains("tpr-at-fpr-0.1")
        .doesNotContain("tpr-at-fpr-0.01", "tpr-at-fpr-0.001");
    assertThat(report.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(report.level()).isEqualTo(LeakageCertificate.Level.L0);
    assertThat(report.limitations()).anyMatch(each -> each.contains("No shadow plugins"));
  }

  @Test
  void aPrivatePluginOfTheSamePatientsStaysWithinItsEpsilon() {
    Cohort members = LogisticTraining.patients(1, 400, 150, 0.5);
    Cohort strangers = LogisticTraining.patients(2, 400, 150, 0.5);
    PrivacyLoss guarantee = new PrivacyLoss(1, 1e-5);
    double sigma = SampledGaussian.within(1, 50, guarantee).noiseMultiplier();
    LogisticTraining privately = LogisticTraining.withNoise(50, 20, sigma);
    AuditReport open =
        audit(OVERFITTING.train(members, 0), fromNoise(20, 150), members, strangers)
            .guarantee(guarantee)
            .shadows(8, OVERFITTING::train)
            .build()
            .run();
    AuditReport report =
        audit(privately.train(members, 77), fromNoise(20, 150), members, strangers)
            .guarantee(guarantee)
            .shadows(8, privately::train)
            .build()
            .run();

    for (String attack : List.of("loss-threshold", "lira-online", "lira-offline", "rmia")) {
      AttackResult result = result(report, attack);
      assertThat(result.figures().get("epsilon-lower-bound").value()).isLessThanOrEqualTo(1);
      Estimate found = result.figures().get("tpr-at-fpr-0.01");
      assertThat(found.lower()).as(attack).isLessThanOrEqualTo(guarantee.truePositiveBound(0.01));
      assertThat(result.figures().get("auc").lower()).as(attack).isLessThan(0.6);
    }
    assertThat(report.level()).isGreaterThanOrEqualTo(LeakageCertificate.Level.L3);
    // The same claim for the plugin without noise is refuted.
    assertThat(result(open, "loss-threshold").reason()).contains("claimed");
    assertThat(open.level()).isEqualTo(LeakageCertificate.Level.L0);
  }

  @Test
  void catchesADistilledSetThatBeganAsPatients() {
    Cohort members = LogisticTraining.patients(7, 300, 12, 1);
    Cohort strangers = LogisticTraining.patients(8, 300, 12, 1);
    double[][] rows = Cohort.rows(members.inputs());
    float[][] near = new float[40][12];
    for (int s = 0; s < near.length; s++) {
      for (int i = 0; i < 12; i++) {
        near[s][i] = (float) (0.85 * rows[s][i] + 0.25 * StrictMath.sin(s * 31.0 + i));
      }
    }
    DistilledSet fromPatients =
        DistilledSet.of(LABELS, ModelInput.ofRows(near), LogisticTraining.balanced(40));
    float[][] exact = Arrays.copyOf(near, 40);
    for (int i = 0; i < 12; i++) {
      exact[0][i] = (float) rows[5][i];
    }
    PluginModule plugin = MODEST.train(members, 0);

    AttackResult caught =
        result(audit(plugin, fromPatients, members, strangers).build().run(), "nearest-neighbours");
    AttackResult innocent =
        result(
            audit(plugin, fromNoise(40, 12), members, strangers).build().run(),
            "nearest-neighbours");
    AttackResult copied =
        result(
            audit(
                    plugin,
                    DistilledSet.of(
                        LABELS, ModelInput.ofRows(exact), LogisticTraining.balanced(40)),
                    members,
                    strangers)
                .build()
                .run(),
            "nearest-neighbours");

    assertThat(caught.verdict()).isEqualTo(Verdict.FAIL);
    assertThat(caught.figures().get("distance-ratio").upper()).isLessThan(0.8);
    assertThat(innocent.verdict()).isEqualTo(Verdict.PASS);
    assertThat(copied.figures().get("exact-copies-of-members").value()).isEqualTo(1);
    assertThat(copied.reason()).contains("copy");
  }

  @Test
  void findsTheOneWhoJoinedBetweenTwoReleases() {
    Cohort members = LogisticTraining.patients(9, 61, 6, 1);
    Cohort strangers = LogisticTraining.patients(10, 61, 6, 1);
    int joined = members.size() - 1;
    int label = members.classOf(joined);
    DistilledSet now = meansOf(members, members.size());
    DistilledSet then = meansOf(members, joined);
    List<Integer> counts = new ArrayList<>(List.of(members.count(0), members.count(1)));
    counts.set(label, counts.get(label) - 1);

    AttackResult found =
        result(
            audit(MODEST.train(members, 0), now, members, strangers)
                .previous(new PreviousRelease(then, counts))
                .build()
                .run(),
            "class-mean-differencing");

    assertThat(found.verdict()).isEqualTo(Verdict.FAIL);
    assertThat(found.reason()).contains("changed by 1 patients");
    assertThat(found.figures().get("difference-to-member-over-stranger").value()).isLessThan(0.01);
  }

  private static DistilledSet meansOf(Cohort cohort, int patients) {
    double[][] rows = Cohort.rows(cohort.inputs());
    float[][] means = new float[2][rows[0].length];
    for (int label = 0; label < 2; label++) {
      for (int i = 0; i < means[label].length; i++) {
        double sum = 0;
        int count = 0;
        for (int row = 0; row < patients; row++) {
          sum += cohort.classOf(row) == label ? rows[row][i] : 0;
          count += cohort.classOf(row) == label ? 1 : 0;
        }
        means[label][i] = (float) (sum / count);
      }
    }
    return DistilledSet.of(LABELS, ModelInput.ofRows(means), 0, 1);
  }

  @Test
  void findsCanaries() {
    Cohort members = LogisticTraining.patients(11, 100, 600, 0.5);
    Cohort strangers = LogisticTraining.patients(12, 100, 600, 0.5);
    Cohort inserted = LogisticTraining.patients(13, 30, 600, 0);
    Cohort absent = LogisticTraining.patients(14, 200, 600, 0);
    PluginModule plugin = OVERFITTING.train(AuditInputs.pool(members, inserted), 0);

    AttackResult canaries =
        result(
            audit(plugin, fromNoise(20, 600), members, strangers)
                .canaries(inserted, absent)
                .build()
                .run(),
            "canaries");

    assertThat(canaries.verdict()).isEqualTo(Verdict.FAIL);
    // Without memory it would be 1.44.
    assertThat(canaries.figures().get("mean-exposure-bits").value()).isBetween(1.6, 7.7);
  }

  @Test
  void anAttributeThatOnlyTheModuleGivesAwayIsLeakage() {
    Cohort members = withAttribute(LogisticTraining.patients(19, 300, 5, 0), true);
    Cohort strangers = withAttribute(LogisticTraining.patients(20, 300, 5, 0), false);

    AttackResult found = attributeInference(members, strangers);

    assertThat(found.verdict()).isEqualTo(Verdict.FAIL);
    assertThat(found.figures().get("accuracy-with-module").value()).isGreaterThan(0.95);
    assertThat(found.figures().get("accuracy-of-imputer").value()).isLessThan(0.6);
    assertThat(found.figures().get("advantage").lower()).isGreaterThan(0.3);
  }

  @Test
  void anAttributeThatThePopulationGivesAwayIsNone() {
    Cohort members = withAttribute(LogisticTraining.patients(19, 300, 5, 0), true);
    Cohort strangers = withAttribute(LogisticTraining.patients(20, 300, 5, 0), true);

    AttackResult found = attributeInference(members, strangers);

    assertThat(found.verdict()).isEqualTo(Verdict.PASS);
    assertThat(found.figures().get("accuracy-with-module").value()).isGreaterThan(0.95);
    assertThat(found.figures().get("advantage").value()).isZero();
  }

  private static AttackResult attributeInference(Cohort members, Cohort strangers) {
    return result(
        audit(MODEST.train(members, 0), fromNoise(20, 5), members, strangers)
            .attribute(new SensitiveAttribute("carrier", 1, List.of(-1.0, 1.0)))
            .build()
            .run(),
        "attribute-inference");
  }

  /** Column 1 becomes the sign of what it was, or of the class. */
  private static Cohort withAttribute(Cohort cohort, boolean asClass) {
    double[][] rows = Cohort.rows(cohort.inputs());
    float[][] coded = new float[rows.length][rows[0].length];
    for (int row = 0; row < rows.length; row++) {
      for (int i = 0; i < coded[row].length; i++) {
        coded[row][i] = (float) rows[row][i];
      }
      boolean positive = asClass ? cohort.classOf(row) == 1 : rows[row][1] > 0;
      coded[row][1] = positive ? 1 : -1;
    }
    return Cohort.of(ModelInput.ofRows(coded), cohort.classes());
  }

  @Test
  void isTheSameInEveryRunAndSignedAsTheHospitals() {
    Cohort members = LogisticTraining.patients(15, 60, 5, 1);
    Cohort strangers = LogisticTraining.patients(16, 50, 5, 1);
    List<String> steps = new ArrayList<>();
    DistilledSet distilled = fromNoise(10, 5);
    PluginModule plugin = MODEST.train(members, 0);
    LeakageAudit audit =
        audit(plugin, distilled, members, strangers)
            .shadows(4, MODEST::train)
            .seed(3)
            .listener((step, done, total) -> steps.add(step + " " + done + "/" + total))
            .build();
    AuditReport report = audit.run();

    assertThat(steps).hasSize(12).startsWith("shadow 1/12").last().asString().endsWith("12/12");
    assertThat(audit.run().toJson()).isEqualTo(report.toJson());
    LeakageCertificate certificate =
        report.certificate(Instant.parse("2026-11-25T12:00:00.5Z")).signedBy(SigningKey.generate());
    assertThat(certificate.covers(plugin, distilled)).isTrue();
    assertThat(certificate.hasValidSignature()).isTrue();
    assertThat(certificate.auditVersion()).isEqualTo("medforge-audit-1");
    assertThat(certificate.statistics()).isEqualTo(report.toJson());
    assertThat(certificate.level()).isEqualTo(report.level());
  }

  @Test
  void onlyStatisticsLeave() throws Exception {
    SortedSet<String> fewPaths = new TreeSet<>();
    SortedSet<String> manyPaths = new TreeSet<>();
    int[] sizes = {400, 700};
    for (int size : sizes) {
      Cohort members = LogisticTraining.patients(17, size, 5, 1);
      Cohort strangers = LogisticTraining.patients(18, size, 5, 1);
      AuditReport report =
          audit(MODEST.train(members, 0), fromNoise(10, 5), members, strangers)
              .shadows(4, MODEST::train)
              .build()
              .run();
      String json = report.toJson();
      collect(new ObjectMapper().readTree(json), "", size == sizes[0] ? fewPaths : manyPaths);
      for (Cohort cohort : List.of(members, strangers)) {
        for (double[] row : Cohort.rows(cohort.inputs())) {
          for (double value : row) {
            // The numbers of a patient, as far as a report would carry digits.
            String digits = Double.toString(Math.abs(AttackResult.rounded(value)));
            assertThat(digits.length() < 6 || !json.contains(digits)).isTrue();
          }
        }
      }
    }
    // As many numbers, under the same names, however many patients there are.
    assertThat(manyPaths).isEqualTo(fewPaths);
  }

  private static void collect(JsonNode node, String path, SortedSet<String> paths) {
    if (node.isObject()) {
      node.properties().forEach(e -> collect(e.getValue(), path + "/" + e.getKey(), paths));
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        collect(node.get(i), path + "/" + i, paths);
      }
    } else {
      paths.add(path);
    }
  }

  @Test
  void refusesWhatCannotBeAuditedWithoutShowingAPatient() {
    Cohort members = LogisticTraining.patients(1, 20, 3, 1);
    DistilledSet distilled = fromNoise(5, 3);
    PluginModule plugin = MODEST.train(members, 0);
    assertThatThrownBy(() -> audit(plugin, fromNoise(5, 4), members, members))
        .hasMessageContainingAll("[4]", "[3]", "members");
    assertThatThrownBy(
            () ->
                audit(
                    plugin,
                    distilled,
                    Cohort.of(ModelInput.ofRows(new float[][] {{1, 2, 3}}), 2),
                    members))
        .hasMessageContainingAll("members", "row 0");
    assertThatThrownBy(() -> Cohort.of(ModelInput.ofRows(new float[] {4.25f, Float.NaN}), 0))
        .hasMessageContainingAll("row 0", "column 1")
        .hasMessageNotContaining("4.25");
    assertThatThrownBy(() -> Cohort.of(members.inputs(), 1)).hasMessageContaining("20");
    LeakageAudit.Builder builder = audit(plugin, distilled, members, members);
    assertThatThrownBy(() -> builder.shadows(3, MODEST::train)).hasMessageContaining("even");
    assertThatThrownBy(() -> builder.attack("RMIA!", MembershipAttack.lossThreshold()))
        .hasMessageContaining("RMIA");
    assertThatThrownBy(() -> builder.attack("rmia", MembershipAttack.lossThreshold()))
        .hasMessageContaining("rmia");
    assertThatThrownBy(() -> builder.seed(1).seed(2)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(
            () ->
                builder
                    .attribute(new SensitiveAttribute("carrier", 0, List.of(0.0, 1.0)))
                    .build()
                    .run())
        .hasMessageContainingAll("carrier", "members, row 0");
    assertThat(members.toString()).isEqualTo("Cohort[20 patients]");
  }
}
