package io.medforge.plugin.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuditStatisticsTest {

  @Test
  void clopperAndPearsonAgreeWithScipy() throws IOException {
    JsonNode cases = GoldenAudit.read("clopperPearson");
    assertThat(cases).hasSize(11);
    for (JsonNode golden : cases) {
      int successes = golden.path("successes").intValue();
      int trials = golden.path("trials").intValue();
      Estimate interval = BinomialInterval.of(successes, trials);

      assertThat(interval.lower()).isCloseTo(golden.path("lower").doubleValue(), within(1e-12));
      assertThat(interval.upper()).isCloseTo(golden.path("upper").doubleValue(), within(1e-12));
    }
  }

  @ParameterizedTest
  @CsvSource({"45, 0.0787", "104, 0.0349", "254, 0.0144", "1000, 0.0037"})
  void noFalseAlarmStillBoundsTheRateOnlySoFar(int strangers, double bound) {
    assertThat(BinomialInterval.upper(0, strangers)).isCloseTo(bound, within(1e-4));
  }

  @Test
  void oneInAThousandTakesThousandsOfStrangers() {
    assertThat(BinomialInterval.upper(0, 3689)).isLessThanOrEqualTo(0.001);
    assertThat(BinomialInterval.upper(0, 3688)).isLessThanOrEqualTo(0.001);
    assertThat(BinomialInterval.upper(0, 3687)).isGreaterThan(0.001);
  }

  @Test
  void areaAndIntervalAgreeWithScipy() throws IOException {
    JsonNode cases = GoldenAudit.read("auc");
    assertThat(cases).hasSize(5);
    for (JsonNode golden : cases) {
      Estimate auc =
          AreaUnderCurve.of(
              MembershipScores.of(
                  GoldenAudit.doubles(golden.path("members")),
                  GoldenAudit.doubles(golden.path("strangers"))));

      String name = golden.path("name").textValue();
      assertThat(auc.value()).as(name).isCloseTo(golden.path("auc").doubleValue(), within(1e-12));
      assertThat(auc.lower()).as(name).isCloseTo(golden.path("lower").doubleValue(), within(1e-9));
      assertThat(auc.upper()).as(name).isCloseTo(golden.path("upper").doubleValue(), within(1e-9));
    }
  }

  @Test
  void separateGroupsOfThreeProveLittle() {
    Estimate auc =
        AreaUnderCurve.of(MembershipScores.of(new double[] {3, 4, 5}, new double[] {0, 1, 2}));

    assertThat(auc.value()).isEqualTo(1);
    assertThat(auc.lower()).isLessThan(0.6);
  }

  @Test
  void keepsItsDirection() {
    Estimate auc = AreaUnderCurve.of(MembershipScores.of(new double[] {0, 1}, new double[] {2, 3}));

    assertThat(auc.value()).isZero();
  }

  @Test
  void equalScoresAreFlaggedTogether() {
    StepRoc roc = StepRoc.of(MembershipScores.of(new double[] {2, 1, 1, 0}, new double[] {1, 0}));

    assertThat(roc.points()).isEqualTo(4);
    // At the score of 1 both members and one stranger of two are flagged: not allowed at 0.4.
    assertThat(roc.truePositives(roc.pointAt(0.4))).isEqualTo(1);
    assertThat(roc.truePositives(roc.pointAt(0.5))).isEqualTo(3);
    assertThat(roc.advantage()).isEqualTo(0.25);
    assertThat(roc.pointMissing(0.25)).isEqualTo(2);
  }

  @Test
  void curvesHoldFixedPointsOnly() {
    double[] members = new double[500];
    Arrays.setAll(members, i -> i);
    Roc few = Roc.of(StepRoc.of(MembershipScores.of(new double[] {1}, new double[] {0})));
    Roc many = Roc.of(StepRoc.of(MembershipScores.of(members, members)));

    assertThat(many.falsePositiveRates()).isEqualTo(few.falsePositiveRates());
    assertThat(few.truePositiveRates()).containsOnly(1.0);
    assertThat(many.truePositiveRates().get(4)).isEqualTo(0.01);
  }

  @Test
  void epsilonBoundsAreLowOnNoiseAndHighOnCertainty() {
    double[] scores = new double[1000];
    Arrays.setAll(scores, i -> StrictMath.sin(i * 12.9898));
    double[] others = new double[1000];
    Arrays.setAll(others, i -> StrictMath.sin(i * 78.233));
    double[] apart = new double[1000];
    Arrays.setAll(apart, i -> 2 + i);

    assertThat(EmpiricalEpsilon.lowerBound(StepRoc.of(MembershipScores.of(scores, others)), 1e-5))
        .isLessThan(0.2);
    assertThat(EmpiricalEpsilon.lowerBound(StepRoc.of(MembershipScores.of(apart, others)), 1e-5))
        .isGreaterThan(4);
  }

  @Test
  void refusesScoresThatAreNoNumbersWithoutShowingThem() {
    assertThatThrownBy(() -> MembershipScores.of(new double[0], new double[] {1}))
        .hasMessageContaining("members");
    assertThatThrownBy(() -> MembershipScores.of(new double[] {1}, new double[] {1, Double.NaN}))
        .hasMessageContaining("strangers, row 1");
    assertThatThrownBy(() -> BinomialInterval.of(2, 1)).hasMessageContaining("2");
    assertThatThrownBy(() -> new Estimate(2, 0, 1)).hasMessageContaining("2");
    assertThat(MembershipScores.of(new double[] {0.123}, new double[] {0.456}).toString())
        .doesNotContain("0.123", "0.456");
  }

  @Test
  void advantageOverAGuessComesFromThoseOnWhomTheyDiffer() {
    boolean[] attack = new boolean[100];
    boolean[] baseline = new boolean[100];
    Arrays.fill(attack, 0, 60, true);
    Arrays.fill(baseline, 30, 70, true);

    Estimate advantage = AttributeInference.advantage(attack, baseline);

    assertThat(advantage.value()).isEqualTo(0.2);
    assertThat(advantage.lower()).isPositive();
    assertThat(AttributeInference.advantage(attack, attack).value()).isZero();
    assertThat(AttributeInference.advantage(attack, attack).upper())
        .isCloseTo(0.0362, within(1e-4));
  }
}
