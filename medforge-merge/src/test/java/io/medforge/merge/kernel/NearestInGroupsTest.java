package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Law 8: the minima are those of all distances in double, however far or equal centres lie. */
class NearestInGroupsTest {
  private static double[] gaussians(Random random, int count, double scale) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = scale * random.nextGaussian();
    }
    return values;
  }

  @Property(tries = 300)
  void theMinimaAreThoseOfTheObviousDistances(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 21) int f,
      @ForAll @IntRange(min = 1, max = 13) int q,
      @ForAll @IntRange(min = 1, max = 4) int groups,
      @ForAll @IntRange(min = 1, max = 5) int perGroup,
      @ForAll @IntRange(min = -40, max = 40) int magnitude) {
    Random random = new Random(seed);
    double scale = StrictMath.pow(10, magnitude);
    double[] mean = gaussians(random, f, 1);
    double[] factor = gaussians(random, q * f, 1);
    int centres = groups * perGroup;
    double[] whitened = gaussians(random, centres * q, 1);
    if (centres > 1) {
      // Two that differ by less than a float tells, in one group where groups are of one centre.
      System.arraycopy(whitened, 0, whitened, (centres - 1) * q, q);
      whitened[(centres - 1) * q] += 1e-10;
    }
    int[] group = new int[centres];
    for (int p = 0; p < centres; p++) {
      group[p] = p % groups;
    }
    double[] x = gaussians(random, f, scale);
    NearestInGroups kernel = new NearestInGroups(mean, factor, whitened, group);
    assertThat(kernel.features()).isEqualTo(f);
    assertThat(kernel.centres()).isEqualTo(centres);
    assertThat(kernel.groups()).isEqualTo(groups);
    double[] found = new double[groups];
    kernel.of(x.clone(), new float[centres], new double[groups], found);
    double[] all = new double[centres];
    new RelativeDistances(mean, factor, whitened).of(x.clone(), all);
    double size = 0;
    for (int i = 0; i < f; i++) {
      size += Math.abs(x[i]) + Math.abs(mean[i]);
    }
    for (int g = 0; g < groups; g++) {
      double least = Double.POSITIVE_INFINITY;
      for (int p = g; p < centres; p += groups) {
        least = Math.min(least, all[p]);
      }
      assertThat(found[g]).isCloseTo(least, within(1e-11 * (1 + size)));
    }
  }
}
