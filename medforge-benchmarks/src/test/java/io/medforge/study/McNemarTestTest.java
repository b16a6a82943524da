package io.medforge.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class McNemarTestTest {
  @Test
  void byHand() {
    // 2 * (1 + 6) / 2^6
    assertThat(new McNemarTest(1, 5).pValue()).isEqualTo(14.0 / 64);
    assertThat(new McNemarTest(0, 0).pValue()).isEqualTo(1);
    assertThat(new McNemarTest(4, 4).pValue()).isEqualTo(1);
  }

  @Test
  void agreesWithScipy() throws IOException {
    JsonNode cases = GoldenStatistics.read("mcnemar");
    assertThat(cases).hasSize(7);
    for (JsonNode golden : cases) {
      int first = golden.path("onlyFirst").intValue();
      int second = golden.path("onlySecond").intValue();
      double p = golden.path("p").doubleValue();
      assertThat(new McNemarTest(first, second).pValue()).isCloseTo(p, within(1e-9 * p));
      assertThat(new McNemarTest(second, first).pValue())
          .isEqualTo(new McNemarTest(first, second).pValue());
    }
  }

  @Test
  void countsDiscordantPatients() {
    int[] diagnoses = {0, 0, 1, 1};
    Answers first = Answers.of(diagnoses, new double[] {0.9, 0.9, 0.9, 0.1});
    Answers second = Answers.of(diagnoses, new double[] {0.1, 0.9, 0.1, 0.2});
    assertThat(McNemarTest.of(first, second)).isEqualTo(new McNemarTest(1, 1));
  }

  @Test
  void refusesOtherPatients() {
    Answers first = Answers.of(new int[] {0, 1}, new double[] {0.9, 0.9});
    assertThatThrownBy(
            () -> McNemarTest.of(first, Answers.of(new int[] {0, 0}, new double[] {0.9, 0.9})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at patient 1");
    assertThatThrownBy(() -> McNemarTest.of(first, Answers.of(new int[] {0}, new double[] {0.9})))
        .hasMessageContaining("2 and 1");
  }
}
