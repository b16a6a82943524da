package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.hipparchus.special.Erf;
import org.junit.jupiter.api.Test;

class ZigguratTest {
  private static double[] draws(long seed, int n) {
    SplittableRandom bits = new SplittableRandom(seed);
    double[] draws = new double[n];
    Arrays.setAll(draws, i -> Ziggurat.gaussian(bits));
    return draws;
  }

  private static double below(double x) {
    return 0.5 * Erf.erfc(-x / Math.sqrt(2));
  }

  /** The tail's area is what the rectangle from 0 to R leaves of the first layer. */
  @Test
  void allLayersHaveOneArea() {
    double[] areas = Ziggurat.areas();
    double tail = Math.sqrt(2 * Math.PI) * below(-Ziggurat.R);
    double first = Ziggurat.R * Math.exp(-0.5 * Ziggurat.R * Ziggurat.R) + tail;
    assertThat(areas).hasSize(255);
    for (double area : areas) {
      assertThat(area).isCloseTo(first, within(1e-11 * first));
    }
  }

  /** Kolmogorov and Smirnov: at 1.63 / sqrt(n) one of a hundred right samples would fail. */
  @Test
  void theDistributionIsTheNormalOne() {
    int n = 500_000;
    double[] sorted = draws(1, n);
    Arrays.sort(sorted);
    double distance = 0;
    for (int i = 0; i < n; i++) {
      double expected = below(sorted[i]);
      distance = Math.max(distance, Math.max(expected - i / (double) n, (i + 1.0) / n - expected));
    }
    assertThat(distance).isLessThan(1.63 / Math.sqrt(n));
  }

  /**
   * Beyond R the numbers come from another formula: as many, and as far out, as there should be.
   */
  @Test
  void theTailsAreTheNormalOnes() {
    int n = 4_000_000;
    double[] sorted = draws(2, n);
    for (double x : new double[] {Ziggurat.R, 4, 4.5}) {
      double expected = n * below(-x);
      long above = Arrays.stream(sorted).filter(draw -> draw > x).count();
      long below = Arrays.stream(sorted).filter(draw -> draw < -x).count();
      assertThat((double) above).isCloseTo(expected, within(4 * Math.sqrt(expected)));
      assertThat((double) below).isCloseTo(expected, within(4 * Math.sqrt(expected)));
    }
  }

  @Test
  void drawsThatFollowEachOtherAreUncorrelated() {
    double[] draws = draws(3, 1_000_000);
    for (int lag = 1; lag <= 3; lag++) {
      double values = 0;
      double squares = 0;
      for (int i = lag; i < draws.length; i++) {
        values += draws[i] * draws[i - lag] / draws.length;
        squares += (draws[i] * draws[i] - 1) * (draws[i - lag] * draws[i - lag] - 1) / draws.length;
      }
      assertThat(values).isCloseTo(0, within(0.004));
      assertThat(squares).isCloseTo(0, within(0.008));
    }
  }

  /** Distilled sets and trainings are these bits: they may not change with the JDK. */
  @Test
  void theBitsAreTheSameOnEveryJdk() {
    long hash = 0;
    for (double draw : draws(4, 100_000)) {
      hash = 31 * hash + Double.doubleToLongBits(draw);
    }
    assertThat(Long.toHexString(hash)).isEqualTo("bc9c92d0c9a5765d");
  }
}
