package io.medforge.plugin.privacy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnalyticGaussianTest {

  @ParameterizedTest
  @CsvSource({"1, 4.3772", "2, 1.9931", "4, 0.9263", "8, 0.4344"})
  void agreesWithThePublishedValues(double sigma, double epsilon) {
    PrivacyLoss spent = AnalyticGaussian.spend(sigma, 1e-5);

    assertThat(spent.epsilon()).isCloseTo(epsilon, within(5.1e-5));
    assertThat(AnalyticGaussian.delta(sigma, spent.epsilon())).isCloseTo(1e-5, within(1e-15));
    assertThat(spent.epsilon())
        .isLessThan(RenyiCurve.of(SampledGaussian.once(sigma)).spend(1e-5).epsilon());
  }

  @Test
  void muchNoiseNeedsNoEpsilon() {
    assertThat(AnalyticGaussian.spend(1e6, 1e-3).epsilon()).isZero();
  }

  @Test
  void refusesWhatItCannotSay() {
    assertThatThrownBy(() -> AnalyticGaussian.delta(0, 1)).hasMessageContaining("multiplier");
    assertThatThrownBy(() -> AnalyticGaussian.delta(1, -1)).hasMessageContaining("epsilon");
    assertThatThrownBy(() -> AnalyticGaussian.spend(1, 0)).hasMessageContaining("delta");
    assertThatThrownBy(() -> AnalyticGaussian.spend(0.01, 1e-5)).hasMessageContaining("0.01");
  }
}
