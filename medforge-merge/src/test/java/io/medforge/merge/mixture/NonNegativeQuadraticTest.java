package io.medforge.merge.mixture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class NonNegativeQuadraticTest {
  @Property(tries = 300)
  void meetsTheConditionsOfItsMinimum(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 12) int n) {
    Random random = new Random(seed);
    double[] factor = random.doubles((long) n * n, -1, 1).toArray();
    double[] h = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        for (int k = 0; k < n; k++) {
          h[i * n + j] += factor[i * n + k] * factor[j * n + k];
        }
      }
      h[i * n + i] += 0.01;
    }
    double[] b = random.doubles(n, -1, 1).toArray();
    double[] y = NonNegativeQuadratic.minimise(h, b);
    for (int i = 0; i < n; i++) {
      double slope = -b[i];
      for (int j = 0; j < n; j++) {
        slope += h[i * n + j] * y[j];
      }
      assertThat(y[i]).isNotNegative();
      assertThat(slope).isGreaterThan(-1e-9);
      assertThat(slope * y[i]).isCloseTo(0, within(1e-9));
    }
  }
}
