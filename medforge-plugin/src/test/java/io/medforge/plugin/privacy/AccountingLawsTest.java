package io.medforge.plugin.privacy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.MathContext;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;

class AccountingLawsTest {
  @Provide
  Arbitrary<SampledGaussian> mechanisms() {
    return Combinators.combine(
            Arbitraries.doubles().between(0.0001, 1).ofScale(6),
            Arbitraries.doubles().between(0.5, 20),
            Arbitraries.longs().between(1, 5000))
        .as(SampledGaussian::new);
  }

  @Property(tries = 30)
  void compositionKnowsNoOrderAndOnlyAdds(
      @ForAll("mechanisms") SampledGaussian one, @ForAll("mechanisms") SampledGaussian two) {
    RenyiCurve both = RenyiCurve.of(one, two);

    assertThat(both).isEqualTo(RenyiCurve.of(two, one));
    assertThat(both).isEqualTo(RenyiCurve.of(one).plus(RenyiCurve.of(two)));
    assertThat(both.spend(1e-5).epsilon())
        .isGreaterThanOrEqualTo(RenyiCurve.of(one).spend(1e-5).epsilon());
  }

  @Property(tries = 30)
  void moreNoiseOrFewerStepsNeverCostMore(@ForAll("mechanisms") SampledGaussian mechanism) {
    double spent = RenyiCurve.of(mechanism).spend(1e-5).epsilon();
    SampledGaussian noisier =
        new SampledGaussian(
            mechanism.samplingRate(), 1.5 * mechanism.noiseMultiplier(), mechanism.steps());
    SampledGaussian longer =
        new SampledGaussian(
            mechanism.samplingRate(), mechanism.noiseMultiplier(), mechanism.steps() + 1);

    assertThat(RenyiCurve.of(noisier).spend(1e-5).epsilon()).isLessThanOrEqualTo(spent);
    assertThat(RenyiCurve.of(longer).spend(1e-5).epsilon()).isGreaterThanOrEqualTo(spent);
  }

  /** The formula as it stands in the paper, in 60 digits. */
  @Property(tries = 30)
  void equalsTheFormulaInManyDigits(
      @ForAll @Scale(6) @DoubleRange(min = 0.001, max = 0.9) double q,
      @ForAll @DoubleRange(min = 0.8, max = 8) double sigma,
      @ForAll @IntRange(min = 2, max = 24) int order) {
    MathContext digits = new MathContext(60);
    BigDecimal sum = BigDecimal.ZERO;
    BigDecimal choose = BigDecimal.ONE;
    for (int k = 0; k <= order; k++) {
      BigDecimal term =
          choose
              .multiply(BigDecimal.valueOf(q).pow(k), digits)
              .multiply(BigDecimal.ONE.subtract(BigDecimal.valueOf(q)).pow(order - k), digits)
              .multiply(new BigDecimal(StrictMath.exp((k * k - k) / (2 * sigma * sigma))), digits);
      sum = sum.add(term);
      choose =
          choose.multiply(BigDecimal.valueOf(order - k)).divide(BigDecimal.valueOf(k + 1L), digits);
    }
    double expected = StrictMath.log(sum.doubleValue()) / (order - 1);

    assertThat(RenyiCurve.of(new SampledGaussian(q, sigma, 1)).at(order))
        .isCloseTo(expected, within(1e-12 * Math.max(1, expected)));
  }

  @Property(tries = 15)
  void theLeastNoiseKeepsItsGuaranteeAndLessDoesNot(
      @ForAll @Scale(6) @DoubleRange(min = 0.001, max = 1) double q,
      @ForAll @IntRange(min = 1, max = 2000) int steps,
      @ForAll @DoubleRange(min = 0.2, max = 20) double epsilon) {
    PrivacyLoss guarantee = new PrivacyLoss(epsilon, 1e-5);
    SampledGaussian found = SampledGaussian.within(q, steps, guarantee);
    SampledGaussian less = new SampledGaussian(q, found.noiseMultiplier() * 0.999, steps);

    assertThat(RenyiCurve.of(found).spend(1e-5).epsilon()).isLessThanOrEqualTo(epsilon);
    assertThat(RenyiCurve.of(less).spend(1e-5).epsilon()).isGreaterThan(epsilon);
  }

  @Property(tries = 30)
  void theExactTradeOffFallsInBothArguments(
      @ForAll @DoubleRange(min = 0.3, max = 10) double sigma,
      @ForAll @DoubleRange(min = 0, max = 20) double epsilon) {
    double delta = AnalyticGaussian.delta(sigma, epsilon);

    assertThat(AnalyticGaussian.delta(sigma, epsilon + 0.1)).isLessThanOrEqualTo(delta);
    assertThat(AnalyticGaussian.delta(sigma * 1.1, epsilon)).isLessThanOrEqualTo(delta + 1e-16);
  }
}
