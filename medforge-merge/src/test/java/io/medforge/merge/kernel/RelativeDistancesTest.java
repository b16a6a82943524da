package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Law 8: the kernel equals the obvious distances but for one number common to all centres. */
class RelativeDistancesTest {
  private static double[] gaussians(Random random, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextGaussian();
    }
    return values;
  }

  @Property(tries = 200)
  void differencesAreThoseOfTheObviousDistances(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 21) int f,
      @ForAll @IntRange(min = 1, max = 13) int q,
      @ForAll @IntRange(min = 1, max = 9) int centres) {
    Random random = new Random(seed);
    double[] mean = gaussians(random, f);
    double[] factor = gaussians(random, q * f);
    double[] whitened = gaussians(random, centres * q);
    double[] x = gaussians(random, f);
    RelativeDistances kernel = new RelativeDistances(mean, factor, whitened);
    assertThat(kernel.features()).isEqualTo(f);
    assertThat(kernel.centres()).isEqualTo(centres);
    double[] relative = gaussians(random, centres + 1);
    double untouched = relative[centres];
    kernel.of(x.clone(), relative);
    assertThat(relative[centres]).isEqualTo(untouched);
    double[] y = new double[q];
    double common = 0;
    for (int r = 0; r < q; r++) {
      for (int c = 0; c < f; c++) {
        y[r] += factor[r * f + c] * (x[c] - mean[c]);
      }
      common += y[r] * y[r];
    }
    for (int p = 0; p < centres; p++) {
      double expected = 0;
      for (int r = 0; r < q; r++) {
        expected += Math.pow(y[r] - whitened[p * q + r], 2);
      }
      assertThat(relative[p] + common).isCloseTo(expected, within(1e-10 * (1 + expected + common)));
    }
  }
}
