package io.medforge.study;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.merge.MergeRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The study as users run it, not a smaller one: it takes seconds. */
class StudyTest {
  private static final MergeRecord.Environment HERE = MergeRecord.Environment.current();

  @Test
  void theSeedRepeatsEveryByteAndTheAimsOfMechanismHold() {
    List<String> steps = new ArrayList<>();
    StudyReport report = run(3, (step, of, what) -> steps.add(step + "/" + of + " " + what));
    StudyReport again = run(3, (step, of, what) -> {});
    assertThat(again.toText()).isEqualTo(report.toText());
    assertThat(again.toMarkdown()).isEqualTo(report.toMarkdown());
    assertThat(again.toJson(HERE)).isEqualTo(report.toJson(HERE));
    assertThat(steps).hasSize(8).first().isEqualTo("0/8 training the base");
    assertThat(steps).last().isEqualTo("7/8 the final table");

    JsonNode json = report.toJson(HERE);
    assertThat(json.path("orderFree").asBoolean()).isTrue();
    assertThat(report.toText()).contains("within the aim of 1e-5");
    long federated = bytes(json, "FEDAVG");
    assertThat(bytes(json, "FUSION")).isLessThan(federated / 20);
    assertThat(bytes(json, "FITTED_MIXTURE")).isLessThan(federated / 20);
    assertThat(bytes(json, "MIXTURE")).isLessThan(federated / 15);
    assertThat(json.path("gateWeights")).hasSize(3);
    assertEveryMethodLearnedSomething(json.path("methods"));
    assertThat(report.modules()).containsOnlyKeys("fusion", "northgate", "riverside", "st-anna");
  }

  private static StudyReport run(long seed, Progress progress) {
    return Study.run(WisconsinData.embedded(), "embedded", seed, progress);
  }

  private static long bytes(JsonNode json, String kind) {
    for (JsonNode method : json.path("methods")) {
      if (method.path("kind").asText().equals(kind)) {
        return method.path("bytesUp").asLong() + method.path("bytesDown").asLong();
      }
    }
    throw new AssertionError("expected a method of kind " + kind + ", found none");
  }

  private static void assertEveryMethodLearnedSomething(JsonNode methods) {
    assertThat(methods).hasSize(12);
    for (JsonNode method : methods) {
      assertThat(method.path("overall").path("patients").asInt()).isEqualTo(194);
      assertThat(method.path("overall").path("auc").asDouble())
          .as(method.path("name").asText())
          .isGreaterThan(0.9);
      assertThat(method.path("hospitals")).hasSize(3);
    }
  }
}
