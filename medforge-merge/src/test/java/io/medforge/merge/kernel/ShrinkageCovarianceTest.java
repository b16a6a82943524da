package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class ShrinkageCovarianceTest {
  @Property(tries = 60)
  void intensityAndWhiteningAreTheDefinitions(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 30) int rows,
      @ForAll @IntRange(min = 1, max = 6) int f) {
    Random random = new Random(seed);
    double[][] r = new double[rows][f];
    for (double[] row : r) {
      for (int i = 0; i < f; i++) {
        row[i] = (1 + i) * random.nextGaussian();
      }
    }
    double[] ones = new double[rows];
    Arrays.fill(ones, 1);
    ShrinkageCovariance shrunk = ShrinkageCovariance.of(r, ones);
    double[][] s = new double[f][f];
    for (double[] row : r) {
      for (int i = 0; i < f; i++) {
        for (int j = 0; j < f; j++) {
          s[i][j] += row[i] * row[j] / rows;
        }
      }
    }
    double m = 0;
    for (int i = 0; i < f; i++) {
      m += s[i][i] / f;
    }
    double d2 = 0;
    double b2 = 0;
    for (int i = 0; i < f; i++) {
      for (int j = 0; j < f; j++) {
        double target = i == j ? m : 0;
        d2 += (s[i][j] - target) * (s[i][j] - target);
        for (double[] row : r) {
          double off = row[i] * row[j] - s[i][j];
          b2 += off * off / rows / rows;
        }
      }
    }
    double intensity = d2 > 1e-12 * m * m ? Math.min(1, b2 / d2) : 1;
    assertThat(shrunk.intensity()).isCloseTo(intensity, within(1e-9));
    // F Sigma F' = I.
    double[] w = shrunk.whitening();
    for (int a = 0; a < f; a++) {
      for (int b = 0; b < f; b++) {
        double sum = 0;
        for (int i = 0; i < f; i++) {
          for (int j = 0; j < f; j++) {
            double sigma = (1 - intensity) * s[i][j] + (i == j ? intensity * m : 0);
            sum += w[a * f + i] * sigma * w[b * f + j];
          }
        }
        assertThat(sum).isCloseTo(a == b ? 1 : 0, within(1e-6));
      }
    }
  }

  @Example
  void countsAreRepeats() {
    double[][] once = {{1, 2}, {-3, 1}};
    double[][] repeated = {{1, 2}, {1, 2}, {1, 2}, {-3, 1}};
    double[] one = ShrinkageCovariance.of(once, new double[] {3, 1}).whitening();
    double[] other = ShrinkageCovariance.of(repeated, new double[] {1, 1, 1, 1}).whitening();
    for (int i = 0; i < one.length; i++) {
      assertThat(one[i]).isCloseTo(other[i], within(1e-12));
    }
  }

  @Example
  void nothingThatVariesGivesTheIdentity() {
    ShrinkageCovariance still = ShrinkageCovariance.of(new double[3][2], new double[] {1, 1, 1});
    assertThat(still.whitening()).containsExactly(1, 0, 0, 1);
  }
}
