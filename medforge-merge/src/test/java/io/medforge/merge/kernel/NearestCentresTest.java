package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Law 8: the column-wise kernel equals the obvious sums, for full and triangular maps. */
class NearestCentresTest {
  private static double[] gaussians(Random random, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextGaussian();
    }
    return values;
  }

  @Property(tries = 200)
  void distancesAreThoseOfTheObviousSums(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 13) int f,
      @ForAll @IntRange(min = 1, max = 13) int q,
      @ForAll @IntRange(min = 1, max = 9) int centres,
      @ForAll boolean triangular) {
    Random random = new Random(seed);
    double[] mean = gaussians(random, f);
    double[] factor = gaussians(random, q * f);
    for (int r = 0; triangular && r < q; r++) {
      for (int c = r + 1; c < f; c++) {
        factor[r * f + c] = 0;
      }
    }
    double[] whitened = gaussians(random, centres * q);
    double[] x = gaussians(random, f);
    NearestCentres kernel = new NearestCentres(mean, factor, whitened);
    double[] y = gaussians(random, q + 2);
    double[] distances = gaussians(random, centres + 1);
    kernel.distances(x, y, distances);
    for (int p = 0; p < centres; p++) {
      double expected = 0;
      for (int r = 0; r < q; r++) {
        double mapped = 0;
        for (int c = 0; c < f; c++) {
          mapped += factor[r * f + c] * (x[c] - mean[c]);
        }
        assertThat(y[r]).isCloseTo(mapped, within(1e-12 * f * 10));
        double difference = mapped - whitened[p * q + r];
        expected += difference * difference;
      }
      assertThat(distances[p]).isCloseTo(expected, within(1e-10 * (1 + expected)));
    }
  }
}
