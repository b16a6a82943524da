package io.medforge.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class AnswersTest {
  private static final int M = Cohort.MALIGNANT;
  private static final int B = Cohort.BENIGN;

  @Test
  void ratesByHand() {
    Answers answers = Answers.of(new int[] {M, M, M, B, B}, new double[] {0.9, 0.5, 0.4, 0.6, 0.1});
    assertThat(answers.accuracy()).isEqualTo(3.0 / 5);
    assertThat(answers.sensitivity()).isEqualTo(2.0 / 3);
    assertThat(answers.specificity()).isEqualTo(1.0 / 2);
    // Of 6 pairs, 0.5 and 0.4 lose against 0.6.
    assertThat(answers.auc()).isEqualTo(4.0 / 6);
  }

  @Test
  void tiesCountHalf() {
    assertThat(Answers.of(new int[] {M, B, B}, new double[] {0.5, 0.5, 0.2}).auc()).isEqualTo(0.75);
    assertThat(Answers.of(new int[] {M, B}, new double[] {0, 0}).auc()).isEqualTo(0.5);
  }

  @Test
  void aucNeedsBothDiagnoses() {
    assertThat(Answers.of(new int[] {M}, new double[] {1}).auc()).isNaN();
  }

  @Test
  void agreesWithScikitLearn() throws IOException {
    JsonNode cases = GoldenStatistics.read("scored");
    assertThat(cases).hasSize(5);
    for (JsonNode golden : cases) {
      Answers answers =
          Answers.of(
              GoldenStatistics.ints(golden.path("diagnoses")),
              GoldenStatistics.doubles(golden.path("scores")));
      assertThat(answers.auc()).isCloseTo(golden.path("auc").doubleValue(), within(1e-12));
      assertThat(answers.accuracy())
          .isCloseTo(golden.path("accuracy").doubleValue(), within(1e-12));
    }
  }

  @Property
  void aucEqualsThePairByPairCount(
      @ForAll @Size(min = 1, max = 20) List<@IntRange(max = 6) Integer> malignant,
      @ForAll @Size(min = 1, max = 20) List<@IntRange(max = 6) Integer> benign) {
    double wins = 0;
    for (int m : malignant) {
      for (int b : benign) {
        wins += m > b ? 1 : m == b ? 0.5 : 0;
      }
    }
    Answers answers = Answers.pooled(List.of(answers(M, malignant), answers(B, benign)));
    assertThat(answers.auc()).isEqualTo(wins / (malignant.size() * (double) benign.size()));
  }

  private static Answers answers(int diagnosis, List<Integer> sixths) {
    return Answers.of(
        sixths.stream().mapToInt(s -> diagnosis).toArray(),
        sixths.stream().mapToDouble(s -> s / 6.0).toArray());
  }

  @Test
  void refusesWhatIsNoProbability() {
    assertThatThrownBy(() -> Answers.of(new int[] {M, B}, new double[] {0.5, Double.NaN}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected a probability, found NaN, at patient 1");
    assertThatThrownBy(() -> Answers.of(new int[] {M}, new double[] {1.5}))
        .hasMessageContaining("found 1.5");
    assertThatThrownBy(() -> Answers.of(new int[] {M}, new double[] {}))
        .hasMessageContaining("found 0");
  }
}
