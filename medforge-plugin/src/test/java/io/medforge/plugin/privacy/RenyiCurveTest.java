package io.medforge.plugin.privacy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RenyiCurveTest {
  private static final double DELTA = 1e-5;

  @Test
  void reproducesTheExampleOfOpacus() {
    RenyiCurve curve =
        RenyiCurve.of(new SampledGaussian(1e-5, 1, 10), new SampledGaussian(1e-4, 3, 4));

    assertThat(curve.spend(DELTA).epsilon()).isCloseTo(0.33634, within(5e-6));
    assertThat(curve.bestOrder(DELTA)).isEqualTo(23);
  }

  @ParameterizedTest
  @CsvSource({
    "1,    1,   1,     1e-5, 4.7527, 5",
    "1,    2,   1,     1e-5, 2.1680, -1",
    "1,    4,   1,     1e-5, 1.0126, -1",
    "1,    8,   1,     1e-5, 0.4776, -1",
    "0.01, 1.1, 1000,  1e-5, 1.7253, 9",
    "0.01, 1.1, 1000,  1e-3, 1.1403, -1",
    "0.01, 1.1, 10000, 1e-5, 5.6543, -1",
    "0.05, 2,   500,   1e-5, 2.7749, -1",
  })
  void agreesWithThePublishedValues(
      double q, double sigma, long steps, double delta, double epsilon, int order) {
    RenyiCurve curve = RenyiCurve.of(new SampledGaussian(q, sigma, steps));

    assertThat(curve.spend(delta).epsilon()).isCloseTo(epsilon, within(5.1e-5));
    if (order > 0) {
      assertThat(curve.bestOrder(delta)).isEqualTo(order);
    }
  }

  @Test
  void accountsForClevelandTrainedInBatchesOfFour() {
    RenyiCurve curve = RenyiCurve.of(new SampledGaussian(4.0 / 199, 1, 2500));

    assertThat(curve.spend(DELTA).epsilon()).isCloseTo(6.9729, within(5.1e-5));
  }

  @Test
  void nothingCostsNothing() {
    assertThat(RenyiCurve.nothing().spend(0.5).epsilon()).isZero();
    assertThat(RenyiCurve.of()).isEqualTo(RenyiCurve.nothing());
  }

  @Test
  void refusesWhatIsNoMechanism() {
    assertThatThrownBy(() -> new SampledGaussian(0, 1, 1)).hasMessageContaining("sampling rate");
    assertThatThrownBy(() -> new SampledGaussian(1.1, 1, 1)).hasMessageContaining("1.1");
    assertThatThrownBy(() -> new SampledGaussian(Double.NaN, 1, 1)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> new SampledGaussian(1, 0, 1)).hasMessageContaining("multiplier");
    assertThatThrownBy(() -> new SampledGaussian(1, 1, 0)).hasMessageContaining("step");
    assertThatThrownBy(() -> RenyiCurve.nothing().spend(0)).hasMessageContaining("delta");
    assertThatThrownBy(() -> RenyiCurve.nothing().spend(1)).hasMessageContaining("delta");
  }

  @Test
  void boundsWhatAnAttackerCanFlag() {
    assertThat(new PrivacyLoss(1, DELTA).truePositiveBound(0.001)).isCloseTo(0.0027, within(5e-5));
    assertThat(new PrivacyLoss(2, DELTA).truePositiveBound(0.01)).isCloseTo(0.074, within(5e-4));
    assertThat(new PrivacyLoss(4, DELTA).truePositiveBound(0.01)).isCloseTo(0.546, within(5e-4));
    assertThat(new PrivacyLoss(4, DELTA).truePositiveBound(0.5)).isEqualTo(1);
    assertThat(new PrivacyLoss(Double.POSITIVE_INFINITY, DELTA).truePositiveBound(0)).isEqualTo(1);
    assertThatThrownBy(() -> new PrivacyLoss(-1, DELTA)).hasMessageContaining("-1");
    assertThatThrownBy(() -> new PrivacyLoss(1, DELTA).truePositiveBound(2))
        .hasMessageContaining("rate");
  }
}
