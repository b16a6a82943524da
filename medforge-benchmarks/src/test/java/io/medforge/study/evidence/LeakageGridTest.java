package io.medforge.study.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.study.Grid;
import org.junit.jupiter.api.Test;

class LeakageGridTest {
  private static final String HOSPITAL =
      """
      {"artefact": "LoRA module", "epsilon": %s, "centre": "%s", "attack": "rmia",
       "auc": {"value": %s, "low": 0.4, "high": 0.7}, %s "verdict": "%s", "level": "L0"}\
      """;

  private static JsonNode details(String... entries) throws JsonProcessingException {
    return new ObjectMapper().readTree("{\"leakage\": [" + String.join(",", entries) + "]}");
  }

  private static String found(String share) {
    return "\"mostFoundAtOnePercent\": {\"value\": " + share + ", \"low\": 0, \"high\": 0.1},";
  }

  @Test
  void aLineNamesTheWorstHospitalAndAveragesAll() throws JsonProcessingException {
    Grid grid =
        LeakageGrid.of(
                details(
                    HOSPITAL.formatted("16.000000", "north", "0.5", found("0.03"), "PASS"),
                    HOSPITAL.formatted("16.000000", "south", "0.6", "", "FAIL"),
                    HOSPITAL.formatted("16.000000", "west", "0.52", found("0.02"), "PASS"),
                    HOSPITAL.formatted("null", "west", "0.7", "", "FAIL")))
            .orElseThrow();
    assertThat(grid.rows()).hasSize(2);
    assertThat(grid.rows().get(0))
        .containsExactly(
            "LoRA module",
            "16",
            "south, rmia",
            "0.600 (0.400 to 0.700)",
            "0.030 (0.000 to 0.100)",
            "0.540",
            "1 FAIL, 2 PASS",
            "3 L0");
    assertThat(grid.rows().get(1)).startsWith("LoRA module", "none", "west, rmia").contains("-");
  }

  @Test
  void whereNothingWasAttackedThereIsNoTable() throws JsonProcessingException {
    assertThat(LeakageGrid.of(details())).isEmpty();
    assertThat(LeakageGrid.of(new ObjectMapper().readTree("{}"))).isEmpty();
  }
}
