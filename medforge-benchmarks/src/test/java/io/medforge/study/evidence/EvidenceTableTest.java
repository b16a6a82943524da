package io.medforge.study.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.medforge.runtime.ModelInput;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvidenceTableTest {
  /** East: 4 patients, west: 2, of one class. The input is the score of a perfect method. */
  private static final SealedCentres TEST =
      SealedCentres.builder()
          .seal("west", inputs(1, 1), 0, 0)
          .seal("east", inputs(1, 1, 0, 0), 0, 0, 1, 1)
          .build();

  private final Entrant perfect = entrant("perfect", "one", EvidenceTableTest::read);
  private final Entrant always =
      entrant("always", "other", (centre, inputs) -> filled(inputs.size(), 1));
  private final Entrant eastOnly =
      entrant(
          "east only",
          "one",
          (centre, inputs) ->
              centre.equals("east") ? read(centre, inputs) : filled(inputs.size(), 0));

  private static ModelInput inputs(float... scores) {
    float[][] rows = new float[scores.length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = new float[] {scores[i]};
    }
    return ModelInput.ofRows(rows);
  }

  private static double[] read(String centre, ModelInput inputs) {
    return inputs.values().toDoubles();
  }

  private static double[] filled(int size, double value) {
    double[] scores = new double[size];
    Arrays.fill(scores, value);
    return scores;
  }

  private static Entrant entrant(String name, String group, CentreClassifier... bySeed) {
    return new Entrant(name, group, List.of(bySeed), new Cost(10, 20, 1, false));
  }

  private EvidenceTable table() {
    return EvidenceTable.open(List.of(perfect, always, eastOnly), TEST, 1);
  }

  @Test
  void centresMeanWorstAndPooledByHand() {
    EvidenceTable table = table();
    assertThat(table.centres()).containsExactly("east", "west");
    EvidenceTable.Row row = table.row("always");
    assertThat(row.at(Quantity.ACCURACY, "east").value()).isEqualTo(0.5);
    assertThat(row.at(Quantity.ACCURACY, "west").value()).isEqualTo(1);
    assertThat(row.meanOfCentres(Quantity.ACCURACY).value()).isEqualTo(0.75);
    assertThat(row.worstCentre(Quantity.ACCURACY).value()).isEqualTo(0.5);
    assertThat(row.pooled(Quantity.ACCURACY).value()).isEqualTo(4.0 / 6);
    // The worst Brier score is the greatest.
    assertThat(row.worstCentre(Quantity.BRIER).value()).isEqualTo(0.5);
  }

  @Test
  void aCentreWithoutAnAucCountsInNoMean() {
    EvidenceTable.Row row = table().row("perfect");
    assertThat(row.at(Quantity.AUC, "west").value()).isNaN();
    assertThat(row.meanOfCentres(Quantity.AUC).value()).isEqualTo(1);
    assertThat(row.worstCentre(Quantity.AUC).value()).isEqualTo(1);
    assertThat(row.pooled(Quantity.AUC).value()).isEqualTo(1);
  }

  @Test
  void severalSeedsCountWithTheirMean() {
    Entrant both =
        entrant(
            "both", "one", EvidenceTableTest::read, (centre, inputs) -> filled(inputs.size(), 1));
    EvidenceTable table = EvidenceTable.open(List.of(both), TEST, 1);
    assertThat(table.row("both").at(Quantity.ACCURACY, "east").value()).isEqualTo(0.75);
    assertThat(table.row("both").pooled(Quantity.ACCURACY).value()).isEqualTo((1 + 4.0 / 6) / 2);
  }

  @Test
  void intervalsHoldTheValueAndPairedDifferencesOfOneselfAreNone() {
    EvidenceTable table = table();
    Estimate estimate = table.row("always").pooled(Quantity.ACCURACY);
    // Resampled within class, whoever is always right or always wrong never varies.
    assertThat(estimate.low()).isEqualTo(estimate.value()).isEqualTo(estimate.high());
    EvidenceTable.Comparison self = table.compare("perfect", "perfect");
    assertThat(self.meanAccuracy()).isEqualTo(new Estimate(0, 0, 0));
    assertThat(self.mcnemar().pValue()).isEqualTo(1);
    EvidenceTable.Comparison other = table.compare("perfect", "always");
    assertThat(other.meanAccuracy().value()).isEqualTo(0.25);
    assertThat(other.mcnemar().onlyFirst()).isEqualTo(2);
    assertThat(other.mcnemar().onlySecond()).isZero();
  }

  @Test
  void theBestOfAGroupIsByTheMeanOfCentres() {
    assertThat(table().best("one").entrant().name()).isEqualTo("perfect");
    assertThatThrownBy(() -> table().best("none")).hasMessageContaining("group none");
    assertThatThrownBy(() -> table().row("nobody")).hasMessageContaining("nobody");
    assertThatThrownBy(() -> EvidenceTable.open(List.of(perfect, perfect), TEST, 1))
        .hasMessageContaining("each name once");
    assertThatThrownBy(() -> EvidenceTable.open(List.of(), TEST, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Nothing public gives away rows or classes, and answers are for this package alone. */
  @Test
  void theSealHoldsAgainstCallers() {
    for (Method method : SealedCentres.class.getDeclaredMethods()) {
      if (Modifier.isPublic(method.getModifiers())) {
        assertThat(method.getName()).isIn("builder", "sizes");
      }
    }
    assertThat(SealedCentres.class.getFields()).isEmpty();
    assertThatThrownBy(() -> SealedCentres.builder().build())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> SealedCentres.builder().seal("east", inputs(1), 2))
        .hasMessageContaining("class 0 or 1")
        .hasMessageContaining("test patient 0");
    assertThatThrownBy(() -> SealedCentres.builder().seal("east", inputs(1), 0, 1))
        .hasMessageContaining("found 2");
    SealedCentres.Builder once = SealedCentres.builder().seal("east", inputs(1), 0);
    assertThatThrownBy(() -> once.seal("east", inputs(1), 0)).hasMessageContaining("two of east");
  }

  @Test
  void jsonCsvAndPageSayTheSame() {
    EvidenceTable table = table();
    EvidenceSuite suite =
        new EvidenceSuite(
            "toy",
            "A toy",
            "Nobody's patients.",
            List.of("one fact"),
            table,
            List.of(table.compare("perfect", "always")),
            List.of(new Goal("to be right", false, "was not")),
            List.of("a note"),
            List.of(),
            JsonNodeFactory.instance.objectNode());
    JsonNode method =
        EvidenceJson.of(List.of(suite)).path("suites").path("toy").path("methods").path("always");
    assertThat(method.path("meanOfCentres").path("accuracy").path("value").asDouble())
        .isEqualTo(0.75);
    assertThat(method.path("perCentre").path("west").path("auc").path("value").isNull()).isTrue();
    assertThat(method.path("bytesUp").asLong()).isEqualTo(10);
    assertThat(EvidenceCsv.values(List.of(suite)))
        .contains("toy,always,meanOfCentres,accuracy,0.750000,0.750000,0.750000\n")
        .contains("toy,always,west,auc,,,\n");
    assertThat(EvidenceCsv.predictions(List.of(suite)))
        .startsWith("suite,method,run,centre,patient,finding,probability\n")
        .contains("toy,perfect,0,east,3,0,0.000000\n")
        .hasLineCount(1 + 3 * 6);
    assertThat(EvidencePage.of(List.of(suite)).toHtml())
        .contains("MISSED: was not")
        .contains("0.7500 (0.7500-0.7500)");
  }
}
