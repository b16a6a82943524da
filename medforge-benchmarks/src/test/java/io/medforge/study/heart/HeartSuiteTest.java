package io.medforge.study.heart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.study.Answers;
import io.medforge.study.evidence.ComputeTimes;
import io.medforge.study.evidence.EvidenceJson;
import io.medforge.study.evidence.EvidencePage;
import io.medforge.study.evidence.EvidenceSuite;
import io.medforge.study.evidence.EvidenceTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeartSuiteTest {
  private static final HeartPlan SMALL = new HeartPlan(1, 3, 10, 20, List.of(1L));

  @TempDir private static Path data;

  @BeforeAll
  static void write() throws IOException {
    SyntheticHeart.write(data);
  }

  /** The logistic model's methods alone: no engine but for the distilled sets. */
  private static EvidenceTable table(HeartData read) {
    LogisticFamily family = new LogisticFamily(SMALL.ridge(), HeartData.FEATURES);
    return EvidenceTable.open(
        new HeartMethods(SMALL, family, read.training(), new ComputeTimes()).entrants(),
        read.test(),
        1);
  }

  @Test
  void everyMethodOfBothFamiliesIsInTheTable() {
    EvidenceSuite suite =
        HeartSuite.run(
            HeartData.in(data),
            SMALL,
            GrowthCurve.simulate(List.of(2, 3), 1),
            new ComputeTimes(),
            (step, steps, what) -> {});
    JsonNode methods = EvidenceJson.of(List.of(suite)).path("suites").path("heart").path("methods");
    for (String name :
        List.of(
            "local",
            "pooled",
            "FedAvg",
            "FedProx",
            "FedAdam",
            "Fusion",
            "Fusion, RegMean",
            "Fusion, searched",
            "MedForgeReference",
            "Mixture",
            "Mixture, memory",
            "Mixture, published weights",
            "LoRA: Fusion",
            "LoRA: Mixture",
            "LoRA: MedForgeReference",
            "LoRA: FedAvg, all parameters")) {
      JsonNode mean = methods.path(name).path("meanOfCentres").path("accuracy");
      assertThat(mean.path("value").asDouble()).as(name).isBetween(0.0, 1.0);
      assertThat(mean.path("low").asDouble()).isLessThanOrEqualTo(mean.path("high").asDouble());
    }
    assertThat(methods.path("Fusion").path("bytesUp").asLong()).isEqualTo(4 * 14 * 2);
    assertThat(methods.path("FedAvg").path("bytesUp").asLong()).isEqualTo(15 * 4 * 14 * 4);
    assertThat(EvidencePage.of(List.of(suite)).toHtml()).contains("<svg");
    assertThat(suite.exhibits()).allSatisfy(each -> assertThat(each.sentence()).endsWith("."));
  }

  @Test
  void aSecondRunIsTheSameToTheLastBit() {
    assertThat(scores(table(HeartData.in(data)))).isEqualTo(scores(table(HeartData.in(data))));
  }

  /**
   * Turns every test patient's class round. Whatever read one before the table was opened would
   * answer otherwise.
   */
  @Test
  void noAnswerDependsOnATestPatientsClass(@TempDir Path turned) throws IOException {
    SyntheticHeart.write(turned);
    Path folder = turned.resolve(HeartData.FOLDER);
    List<String> split = Files.readAllLines(folder.resolve("split.csv"));
    int changed = 0;
    for (String centre : HeartData.CENTRES) {
      Path file = folder.resolve("processed." + centre + ".data");
      List<String> lines = new ArrayList<>(Files.readAllLines(file));
      for (int i = 0; i < lines.size(); i++) {
        if (split.contains(centre + "," + i + ",test")) {
          String line = lines.get(i);
          String start = line.substring(0, line.length() - 1);
          lines.set(i, start + (line.endsWith(",0") ? "1" : "0"));
          changed++;
        }
      }
      Files.write(file, lines);
    }
    assertThat(changed).isGreaterThan(50);
    HeartData honest = HeartData.in(data);
    HeartData lying = HeartData.in(turned);
    honest
        .training()
        .forEach(
            (centre, rows) -> {
              CentreRows same = lying.training().get(centre);
              assertThat(same.classes()).isEqualTo(rows.classes());
              assertThat(same.inputs().values().toFloats())
                  .isEqualTo(rows.inputs().values().toFloats());
            });
    assertThat(scores(table(lying))).isEqualTo(scores(table(honest)));
  }

  /** Every method's probability for every test patient, in order. */
  private static List<Double> scores(EvidenceTable table) {
    List<Double> scores = new ArrayList<>();
    for (EvidenceTable.Row row : table.rows()) {
      for (List<Answers> run : row.answers()) {
        for (Answers answers : run) {
          for (int i = 0; i < answers.size(); i++) {
            scores.add(answers.score(i));
          }
        }
      }
    }
    return scores;
  }
}
