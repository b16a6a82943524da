package io.medforge.study.xray;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.forge.Contribution;
import io.medforge.study.Answers;
import io.medforge.study.evidence.ComputeTimes;
import io.medforge.study.evidence.EvidenceJson;
import io.medforge.study.evidence.EvidenceMarkdown;
import io.medforge.study.evidence.EvidencePage;
import io.medforge.study.evidence.EvidenceSuite;
import io.medforge.study.evidence.EvidenceTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tiny setting of the suite, run once, and once more with every test image's class wrong. */
class XraySuiteTest {
  private static final XrayPlan SMALL =
      new XrayPlan(3, 8, 1, 2, 1, 1, 5, 2, 3, List.of(1L), List.of(64.0), 4);

  @TempDir private static Path data;
  @TempDir private static Path turned;
  private static final ComputeTimes TIMES = new ComputeTimes();
  private static EvidenceSuite suite;

  @BeforeAll
  static void run() throws IOException {
    SyntheticXrays.write(data, false);
    SyntheticXrays.write(turned, true);
    suite = XraySuite.run(data, SMALL, TIMES, (step, steps, what) -> {});
  }

  private static JsonNode json() {
    return EvidenceJson.of(List.of(suite)).path("suites").path("xray3");
  }

  @Test
  void everyMethodIsInTheTable() {
    JsonNode methods = json().path("methods");
    for (String name :
        List.of(
            "base alone",
            "local",
            "plugin hospital-1",
            "pooled",
            "FedAvg",
            "Fusion",
            "Fusion, searched",
            "MedForgeReference",
            "MedForgeReference, order 3-2-1",
            "Mixture",
            "Mixture, equal weights",
            "Mixture, fitted",
            "Mixture, published weights",
            "epsilon 64: Fusion",
            "epsilon 64: Mixture",
            "Fusion, last hospital late",
            "classes turned round: Fusion",
            "sign reversed, times 100: Mixture, checked")) {
      JsonNode mean = methods.path(name).path("meanOfCentres").path("accuracy");
      assertThat(mean.isObject()).as(name).isTrue();
      assertThat(mean.path("value").asDouble()).as(name).isBetween(0.0, 1.0);
    }
    assertThat(json().path("testPatients").path("unseen").asInt()).isEqualTo(18);
    assertThat(methods.path("FedAvg").path("rounds").asInt()).isEqualTo(1);
    assertThat(TIMES.toJson()).hasSize(3);
  }

  @Test
  void allSixOrdersGiveOneItem() {
    JsonNode orders = json().path("details").path("ordersOfArrival");
    assertThat(orders).hasSize(6);
    assertThat(orders.findValuesAsText("order")).doesNotHaveDuplicates();
    assertThat(orders.findValuesAsText("fusion"))
        .containsOnly(orders.get(0).path("fusion").asText());
    assertThat(orders.findValuesAsText("mixture"))
        .containsOnly(orders.get(0).path("mixture").asText());
  }

  @Test
  void lateAndPoisonedHospitalsAreWeighedAndFoundOut() {
    JsonNode details = json().path("details");
    assertThat(details.path("late").path("held").asText()).contains("rebase");
    assertThat(details.path("late").path("otherBase").asText()).startsWith("refused");
    double last = details.path("late").path("hospital-3").asDouble();
    assertThat(last).isLessThan(details.path("late").path("hospital-2").asDouble());
    JsonNode reversed = details.path("poison").path("sign reversed, times 100").get(0);
    assertThat(reversed.path("outcome").asText()).isEqualTo("refused");
    assertThat(reversed.path("admitted").asInt()).isEqualTo(2);
    assertThat(reversed.path("findings").get(0).asText()).startsWith("norm");
    assertThat(details.path("honestLastOffer").get(0).path("admitted").asInt()).isEqualTo(3);
  }

  @Test
  void moduleAndDistilledImagesOfEveryHospitalAreAttackedWithAndWithoutAGuarantee() {
    JsonNode leakage = json().path("details").path("leakage");
    assertThat(leakage).hasSize(2 * 2 * 3);
    for (JsonNode each : leakage) {
      boolean onSet = each.path("artefact").asText().equals("distilled images");
      assertThat(each.path("attacks").findValuesAsText("attack"))
          .containsExactlyInAnyOrder(
              onSet
                  ? new String[] {
                    "nearest-neighbours", "distilled-membership", "class-mean-differencing"
                  }
                  : new String[] {
                    "base-referenced-loss", "lira-offline", "lira-online", "loss-threshold", "rmia"
                  });
      assertThat(each.path("auc").path("value").asDouble()).isBetween(0.0, 1.0);
      // So few images permit nothing; a guarantee holds without an audit.
      assertThat(each.path("level").asText())
          .isEqualTo(each.path("epsilon").isNull() ? "L0" : "L3");
      assertThat(Math.abs(each.path("members").asInt() - each.path("strangers").asInt()))
          .isLessThanOrEqualTo(1);
    }
    assertThat(EvidencePage.of(List.of(suite)).toHtml()).contains("What leaves, attacked");
    assertThat(EvidenceMarkdown.tables(json()))
        .contains("| LoRA module | 64 | hospital-", "| distilled images | none | hospital-");
  }

  @Test
  void aBranchSpendsItsGuaranteeOnModuleAndImagesTogether() {
    XrayHospitals hospitals = XrayHospitals.in(data, 3, 42);
    XrayModels models = XrayModels.preTrained(SMALL, hospitals.publicShare(), 1);
    Images images = hospitals.of("hospital-2");
    PrivateBranch branch = new PrivateBranch(models, SMALL, 20);
    PrivateBranch.Released released = branch.release("hospital-2", images, 5);
    assertThat(released.spent().epsilon()).isBetween(19.5, 20.0);
    Contribution again = branch.release("hospital-2", images, 5).contribution();
    assertThat(again.module().digest()).isEqualTo(released.contribution().module().digest());
    assertThat(again.distilled().digest()).isEqualTo(released.contribution().distilled().digest());
    assertThat(branch.release("hospital-2", images, 6).contribution().module().digest())
        .isNotEqualTo(again.module().digest());
  }

  @Test
  void figuresAndSentencesAreThere() {
    assertThat(EvidencePage.of(List.of(suite)).toHtml()).contains("<svg", "version");
    assertThat(suite.exhibits()).hasSize(10);
    assertThat(suite.exhibits()).allSatisfy(each -> assertThat(each.sentence()).endsWith("."));
    JsonNode path = json().path("details").path("weightPaths").path("fitted");
    assertThat(path).hasSize(3);
    assertThat(path.get(2)).hasSize(3);
    assertThat(json().path("details").path("lineage")).hasSize(4);
  }

  /** Whatever read a test image's class before the table was opened would answer otherwise. */
  @Test
  void aSecondRunWithEveryTestClassWrongAnswersTheSame() {
    EvidenceSuite lying =
        XraySuite.run(turned, SMALL, new ComputeTimes(), (step, steps, what) -> {});
    assertThat(scores(lying.table())).isEqualTo(scores(suite.table()));
    assertThat(lying.details()).isEqualTo(suite.details());
  }

  @Test
  void aMissingFileIsRefusedByName(@TempDir Path empty) {
    assertThatThrownBy(() -> XraySuite.run(empty, 3, new ComputeTimes(), (step, steps, what) -> {}))
        .hasMessageContaining("pneumoniamnist.npz");
  }

  private static List<Double> scores(EvidenceTable table) {
    List<Double> scores = new ArrayList<>();
    for (EvidenceTable.Row row : table.rows()) {
      for (Answers answers : row.answers().get(0)) {
        for (int i = 0; i < answers.size(); i++) {
          scores.add(answers.score(i));
        }
      }
    }
    return scores;
  }
}
