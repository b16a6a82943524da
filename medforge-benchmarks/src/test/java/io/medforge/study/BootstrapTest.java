package io.medforge.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  @Test
  void quantilesAgreeWithNumpy() throws IOException {
    double[] values = GoldenStatistics.doubles(GoldenStatistics.read("values"));
    Arrays.sort(values);
    JsonNode cases = GoldenStatistics.read("quantiles");
    assertThat(cases).hasSize(6);
    for (JsonNode golden : cases) {
      assertThat(Bootstrap.quantile(values, golden.path("probability").doubleValue()))
          .isCloseTo(golden.path("value").doubleValue(), within(1e-12));
    }
  }

  @Test
  void intervalOfAProportionIsTheBinomials() {
    // 320 of 400 right, resampled within diagnosis: deviation sqrt(0.8 * 0.2 / 400) = 0.02.
    SortedMap<String, Answers> parts = new TreeMap<>();
    parts.put("one", rightEveryFifthWrong(200));
    parts.put("two", rightEveryFifthWrong(200));
    Bootstrap.Interval interval = new Bootstrap(3).interval(parts, Answers::accuracy);
    assertThat(interval.low()).isCloseTo(0.8 - 1.96 * 0.02, within(0.005));
    assertThat(interval.high()).isCloseTo(0.8 + 1.96 * 0.02, within(0.005));
  }

  @Test
  void perfectAnswersHaveNoSpread() {
    SortedMap<String, Answers> parts = new TreeMap<>();
    parts.put("one", Answers.of(new int[] {0, 1, 1}, new double[] {0.9, 0.1, 0.2}));
    assertThat(new Bootstrap(3).interval(parts, Answers::auc))
        .isEqualTo(new Bootstrap.Interval(1, 1));
  }

  @Test
  void resamplesKeepTheCaseMix() {
    SortedMap<String, Answers> parts = new TreeMap<>();
    parts.put("one", rightEveryFifthWrong(20));
    Bootstrap.Interval malignant =
        new Bootstrap(3)
            .interval(
                parts,
                drawn -> {
                  double count = 0;
                  for (int i = 0; i < drawn.size(); i++) {
                    count += drawn.diagnosis(i) == Cohort.MALIGNANT ? 1 : 0;
                  }
                  return count;
                });
    assertThat(malignant).isEqualTo(new Bootstrap.Interval(10, 10));
  }

  @Test
  void differencesArePaired() {
    SortedMap<String, Answers> parts = new TreeMap<>();
    parts.put("one", rightEveryFifthWrong(50));
    Bootstrap.Interval none =
        new Bootstrap(3).difference(parts, parts, (a, b) -> a.accuracy() - b.accuracy());
    assertThat(none).isEqualTo(new Bootstrap.Interval(0, 0));
  }

  @Test
  void seedDecides() {
    SortedMap<String, Answers> parts = new TreeMap<>();
    double[] scores = new Random(1).doubles(60).toArray();
    int[] diagnoses = new Random(2).ints(60, 0, 2).toArray();
    parts.put("one", Answers.of(diagnoses, scores));
    Bootstrap.Interval once = new Bootstrap(3).interval(parts, Answers::auc);
    assertThat(new Bootstrap(3).interval(parts, Answers::auc)).isEqualTo(once);
    assertThat(new Bootstrap(4).interval(parts, Answers::auc)).isNotEqualTo(once);
  }

  /** Alternating diagnoses; of either, every fifth is called wrongly. */
  private static Answers rightEveryFifthWrong(int n) {
    int[] diagnoses = new int[n];
    double[] scores = new double[n];
    for (int i = 0; i < n; i++) {
      diagnoses[i] = i % 2;
      boolean right = (i / 2) % 5 != 0;
      scores[i] = right == (diagnoses[i] == Cohort.MALIGNANT) ? 0.9 : 0.1;
    }
    return Answers.of(diagnoses, scores);
  }
}
