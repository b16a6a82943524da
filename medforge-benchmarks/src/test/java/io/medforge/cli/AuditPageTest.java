package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.audit.AttackResult;
import io.medforge.plugin.audit.AuditLimits;
import io.medforge.plugin.audit.AuditReport;
import io.medforge.plugin.audit.Estimate;
import io.medforge.plugin.audit.Roc;
import io.medforge.plugin.audit.Verdict;
import io.medforge.plugin.privacy.PrivacyLoss;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class AuditPageTest {
  private static AuditReport report(AttackResult... results) {
    return new AuditReport(
        "medforge-audit-1",
        PluginId.parse("st-anna/lung:1"),
        BaseModel.named("mlp"),
        Digest.of("module".getBytes(StandardCharsets.UTF_8)),
        Digest.of("set".getBytes(StandardCharsets.UTF_8)),
        120,
        110,
        16,
        7,
        AuditLimits.standard(),
        Optional.of(new PrivacyLoss(3, 1e-5)),
        new TreeSet<>(),
        Optional.empty(),
        List.of(results),
        List.of("Attacks that fail prove nothing & more."));
  }

  private static AttackResult attack(String name, Verdict verdict, double auc) {
    return new AttackResult(
        name,
        verdict,
        "AUC <as> it is",
        new TreeMap<>(Map.of("auc", new Estimate(auc, auc - 0.05, auc + 0.05))),
        Optional.of(new Roc(List.of(0.0, 0.5, 1.0), List.of(0.1, 0.8, 1.0))));
  }

  private static final AttackResult DISTANCES =
      new AttackResult(
          "nearest-neighbours", Verdict.PASS, "far enough", new TreeMap<>(), Optional.empty());

  @Test
  void saysWhatWasTriedAndWhatItShowed() {
    String html =
        AuditPage.of(
                report(
                    attack("rmia", Verdict.FAIL, 0.9),
                    attack("loss-threshold", Verdict.PASS, 0.5),
                    DISTANCES))
            .toHtml();

    assertThat(html)
        .contains("What st-anna/lung:1 gives away")
        .contains("should not leave")
        .contains("epsilon 3 at delta")
        .contains("AUC &lt;as&gt; it is")
        .contains("rmia", "loss-threshold", "nearest-neighbours")
        .contains("<svg")
        .contains("Attacks that fail prove nothing &amp; more.")
        .doesNotContain("<script");
  }

  @Test
  void isTheSameForTheSameReport() {
    AuditReport report = report(attack("rmia", Verdict.INCONCLUSIVE, 0.6));

    assertThat(AuditPage.of(report).toHtml()).isEqualTo(AuditPage.of(report).toHtml());
    assertThat(AuditPage.of(report).toHtml()).contains("too few patients to tell");
  }

  @Test
  void drawsNoCurveWhereThereIsNone() {
    String html = AuditPage.of(report(DISTANCES)).toHtml();

    assertThat(html).contains("None of these attacks").doesNotContain("<svg");
  }

  @Test
  void everyAttackOfTheAuditIsPutInWords() {
    for (String name :
        List.of(
            "loss-threshold",
            "base-referenced-loss",
            "lira-offline",
            "lira-online",
            "rmia",
            "nearest-neighbours",
            "distilled-membership",
            "class-mean-differencing",
            "attribute-inference",
            "canaries")) {
      assertThat(AuditPage.of(report(attack(name, Verdict.PASS, 0.5))).toHtml())
          .doesNotContain("of the hospital&#39;s own", "of the hospital's own");
    }
    assertThat(AuditPage.of(report(attack("mine", Verdict.PASS, 0.5))).toHtml())
        .containsAnyOf("of the hospital&#39;s own", "of the hospital's own");
  }
}
