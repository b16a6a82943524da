package io.medforge.forge.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class BinomialBoundTest {
  /** {@code scipy.stats.beta.ppf(1 - alpha, k + 1, n - k)}, SciPy 1.16. */
  @Example
  void equalsTheBetaQuantile() {
    assertThat(BinomialBound.upper(0, 104, 0.025)).isCloseTo(0.034848, within(1e-6));
    assertThat(BinomialBound.upper(0, 1000, 0.025)).isCloseTo(0.003682, within(1e-6));
    assertThat(BinomialBound.upper(0, 3689, 0.025)).isLessThan(0.001);
    assertThat(BinomialBound.upper(0, 3687, 0.025)).isGreaterThan(0.001);
    assertThat(BinomialBound.upper(3, 20, 0.05)).isCloseTo(0.3437, within(1e-4));
    assertThat(BinomialBound.lower(3, 20, 0.05)).isCloseTo(0.04217, within(1e-5));
    assertThat(BinomialBound.upper(20, 20, 0.05)).isEqualTo(1);
    assertThat(BinomialBound.lower(0, 20, 0.05)).isZero();
  }

  /** At the upper bound, as few successes as seen have probability alpha. */
  @Property
  void invertsTheTail(
      @ForAll @IntRange(min = 1, max = 300) int n,
      @ForAll @IntRange(max = 299) int k,
      @ForAll @DoubleRange(min = 0.01, max = 0.5) double alpha) {
    if (k < n) {
      double upper = BinomialBound.upper(k, n, alpha);
      assertThat(BinomialBound.atMost(k, n, upper)).isCloseTo(alpha, within(1e-9 + 1e-6 * alpha));
      assertThat(upper).isGreaterThanOrEqualTo((double) k / n);
      assertThat(BinomialBound.lower(k, n, alpha)).isLessThanOrEqualTo((double) k / n);
    }
  }
}
