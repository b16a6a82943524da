package io.medforge.forge.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class PairedTestTest {
  private static double[] draw(Random random, int n, double lost, double won) {
    double[] worsening = new double[n];
    for (int i = 0; i < n; i++) {
      double u = random.nextDouble();
      worsening[i] = u < lost ? 1 : u < lost + won ? -1 : 0;
    }
    return worsening;
  }

  @Example
  void unchangedExamplesBoundTheWorseningAsTheirNumberAllows() {
    PairedTest.Bounds bounds = PairedTest.exact().bounds(new double[80], 0.05);
    assertThat(bounds.upper()).isCloseTo(1 - Math.pow(0.025, 1 / 80.0), within(1e-12));
    assertThat(bounds.lower()).isEqualTo(-bounds.upper());
  }

  /** The exact bounds miss the truth no more often than they say. */
  @Example
  void exactBoundsHoldAsOftenAsTheySay() {
    Random random = new Random(7);
    int above = 0;
    int below = 0;
    int tries = 2000;
    for (int i = 0; i < tries; i++) {
      PairedTest.Bounds bounds = PairedTest.exact().bounds(draw(random, 60, 0.2, 0.1), 0.1);
      above += bounds.upper() < 0.1 ? 1 : 0;
      below += bounds.lower() > 0.1 ? 1 : 0;
    }
    assertThat((double) above / tries).isLessThan(0.1);
    assertThat((double) below / tries).isLessThan(0.1);
  }

  @Example
  void theBootstrapHoldsAboutAsOftenAsItSays() {
    Random random = new Random(8);
    int above = 0;
    int tries = 300;
    for (int i = 0; i < tries; i++) {
      double[] worsening = new double[100];
      for (int e = 0; e < worsening.length; e++) {
        worsening[e] = 0.05 + 0.2 * random.nextGaussian();
      }
      above += PairedTest.bootstrap(i).bounds(worsening, 0.1).upper() < 0.05 ? 1 : 0;
    }
    assertThat((double) above / tries).isBetween(0.04, 0.17);
  }

  @Property(tries = 200)
  void oneMoreLossNeverLowersABound(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 120) int n) {
    Random random = new Random(seed);
    double[] worsening = draw(random, n, 0.2, 0.2);
    double[] worse = worsening.clone();
    int at = random.nextInt(n);
    worse[at] = Math.min(1, worse[at] + 1);
    PairedTest.Bounds before = PairedTest.exact().bounds(worsening, 0.05);
    PairedTest.Bounds after = PairedTest.exact().bounds(worse, 0.05);
    assertThat(after.upper()).isGreaterThanOrEqualTo(before.upper() - 1e-12);
    assertThat(after.lower()).isGreaterThanOrEqualTo(before.lower() - 1e-12);
  }

  @Example
  void theBootstrapSaysNothingOfFewExamplesOrTinyErrors() {
    PairedTest bootstrap = PairedTest.bootstrap(1);
    assertThat(bootstrap.bounds(new double[19], 0.05)).isEqualTo(new PairedTest.Bounds(-1, 1));
    assertThat(bootstrap.bounds(new double[50], 1e-5)).isEqualTo(new PairedTest.Bounds(-1, 1));
    assertThat(bootstrap.bounds(new double[50], 0.05)).isEqualTo(new PairedTest.Bounds(0, 0));
  }
}
