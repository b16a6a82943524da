package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SeededRandomTest {
  @Test
  void purposesIndicesAndSeedsAreIndependent() {
    double one = SeededRandom.of(1, "a", 0).gaussian();
    assertThat(SeededRandom.of(1, "a", 0).gaussian()).isEqualTo(one);
    assertThat(SeededRandom.of(2, "a", 0).gaussian()).isNotEqualTo(one);
    assertThat(SeededRandom.of(1, "b", 0).gaussian()).isNotEqualTo(one);
    assertThat(SeededRandom.of(1, "a", 1).gaussian()).isNotEqualTo(one);
  }

  @Test
  void gaussiansHaveTheirMoments() {
    SeededRandom random = SeededRandom.of(3, "moments", 0);
    double[] sums = new double[4];
    int n = 200_000;
    for (int i = 0; i < n; i++) {
      double x = random.gaussian();
      for (int power = 0; power < 4; power++) {
        sums[power] += Math.pow(x, power + 1) / n;
      }
    }
    assertThat(sums[0]).isCloseTo(0, within(0.01));
    assertThat(sums[1]).isCloseTo(1, within(0.015));
    assertThat(sums[2]).isCloseTo(0, within(0.04));
    assertThat(sums[3]).isCloseTo(3, within(0.1));
  }

  @Test
  void permutationsHoldEachIndexOnceAndEachPlaceEquallyOften() {
    int[] firsts = new int[5];
    for (int i = 0; i < 5000; i++) {
      int[] order = SeededRandom.of(4, "order", i).permutation(5);
      firsts[order[0]]++;
      Arrays.sort(order);
      assertThat(order).isEqualTo(IntStream.range(0, 5).toArray());
    }
    for (int count : firsts) {
      assertThat(count).isBetween(880, 1120);
    }
  }
}
