package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CounterRandomTest {
  @Test
  void isSplitMix64ByIndex() {
    // SplittableRandom is SplitMix64 with this gamma and this finaliser.
    SplittableRandom sequence = new SplittableRandom(42);
    CounterRandom random = new CounterRandom(42);
    for (int i = 0; i < 1000; i++) {
      assertThat(random.bits(i)).isEqualTo(sequence.nextLong());
    }
  }

  @Test
  void isUniform() {
    CounterRandom random = new CounterRandom(-5);
    int[] counts = new int[16];
    int n = 160_000;
    for (long i = 0; i < n; i++) {
      double x = random.uniform(i);
      assertThat(x).isGreaterThanOrEqualTo(0).isLessThan(1);
      counts[(int) (x * 16)]++;
    }
    double chiSquare = 0;
    for (int count : counts) {
      chiSquare += Math.pow(count - n / 16.0, 2) / (n / 16.0);
    }
    // 15 degrees of freedom: above 44 once in 10,000 seeds, and this seed is fixed.
    assertThat(chiSquare).isCloseTo(15, within(29.0));
  }
}
