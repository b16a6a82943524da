package io.medforge.merge.mixture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The fit against slow, obvious ways to the same optimum. */
class MixtureProportionsTest {
  private static MixtureProportions maximise(
      double[] likelihood, int n, double gap, int maxIterations) {
    double[] ones = new double[likelihood.length / n];
    Arrays.fill(ones, 1);
    return MixtureProportions.maximise(likelihood, ones, n, gap, maxIterations);
  }

  private static final double GAP = 1e-8;

  /** Rows of random sharpness, each with maximum 1. */
  private static double[] table(long seed, int rows, int n, double sharpness) {
    Random random = new Random(seed);
    double[] table = new double[rows * n];
    for (int t = 0; t < rows; t++) {
      double highest = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < n; j++) {
        table[t * n + j] = sharpness * random.nextGaussian() + (j % 3) * 0.1 * sharpness;
        highest = Math.max(highest, table[t * n + j]);
      }
      for (int j = 0; j < n; j++) {
        table[t * n + j] = StrictMath.exp(table[t * n + j] - highest);
      }
    }
    return table;
  }

  private static double value(double[] table, double[] w) {
    double sum = 0;
    for (int start = 0; start < table.length; start += w.length) {
      double mixed = 0;
      for (int j = 0; j < w.length; j++) {
        mixed += table[start + j] * w[j];
      }
      sum += Math.log(mixed);
    }
    return sum * w.length / table.length;
  }

  @Property(tries = 200)
  void reachesTheGapOnTheSimplex(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 9) int n,
      @ForAll @IntRange(min = 1, max = 60) int rows,
      @ForAll @IntRange(min = 0, max = 40) int sharpness) {
    double[] table = table(seed, rows, n, sharpness);
    MixtureProportions end = maximise(table, n, GAP, 1000);
    double sum = 0;
    for (double weight : end.weights()) {
      assertThat(weight).isNotNegative();
      sum += weight;
    }
    assertThat(sum).isCloseTo(1, within(1e-12));
    assertThat(end.kktGap()).isBetween(0.0, GAP);
    assertThat(end.value()).isCloseTo(value(table, end.weights()), within(1e-12));
  }

  @Property(tries = 50)
  void plainEmNeverComesOutHigher(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 6) int n,
      @ForAll @IntRange(min = 1, max = 40) int rows) {
    double[] table = table(seed, rows, n, 2);
    double[] w = new double[n];
    Arrays.fill(w, 1.0 / n);
    double before = value(table, w);
    for (int iteration = 0; iteration < 3000; iteration++) {
      double[] next = new double[n];
      for (int t = 0; t < rows; t++) {
        double mixed = 0;
        for (int j = 0; j < n; j++) {
          mixed += table[t * n + j] * w[j];
        }
        for (int j = 0; j < n; j++) {
          next[j] += w[j] * table[t * n + j] / mixed / rows;
        }
      }
      w = next;
    }
    double plain = value(table, w);
    MixtureProportions end = maximise(table, n, GAP, 1000);
    assertThat(end.value()).isGreaterThanOrEqualTo(plain - 1e-12).isGreaterThanOrEqualTo(before);
    // Jensen: what is left to win is at most the gap.
    assertThat(plain).isLessThanOrEqualTo(end.value() + end.kktGap() + 1e-12);
  }

  @Property(tries = 30)
  void noPointOfAFineGridIsHigher(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 30) int rows) {
    double[] table = table(seed, rows, 3, 1.5);
    MixtureProportions end = maximise(table, 3, GAP, 1000);
    double best = Double.NEGATIVE_INFINITY;
    int steps = 60;
    for (int i = 0; i <= steps; i++) {
      for (int j = 0; i + j <= steps; j++) {
        double[] w = {i / (double) steps, j / (double) steps, (steps - i - j) / (double) steps};
        best = Math.max(best, value(table, w));
      }
    }
    assertThat(end.value()).isGreaterThanOrEqualTo(best - GAP);
    // The grid is fine enough to come near, so a value far above it would be a wrong value.
    assertThat(end.value()).isLessThan(best + 0.1);
  }

  @Property(tries = 60)
  void everyStepMoreIsNoStepBack(@ForAll long seed, @ForAll @IntRange(min = 2, max = 8) int n) {
    double[] table = table(seed, 50, n, 3);
    double before = Double.NEGATIVE_INFINITY;
    for (int bound = 0; bound <= 25; bound++) {
      double now = maximise(table, n, 0, bound).value();
      assertThat(now).isGreaterThanOrEqualTo(before - 1e-13);
      before = now;
    }
  }

  @Example
  void aKnownOptimum() {
    // Two plugins, each right where the other is wrong; 3 of 4 rows favour the first. With rows (1,
    // e)
    // and (e, 1) and e -> 0 the optimum tends to (3/4, 1/4); for e = 0 it is exactly that.
    double[] table = {1, 0, 1, 0, 1, 0, 0, 1};
    MixtureProportions end = maximise(table, 2, 1e-12, 1000);
    assertThat(end.weights()[0]).isCloseTo(0.75, within(1e-12));
    assertThat(end.weights()[1]).isCloseTo(0.25, within(1e-12));
  }

  @Example
  void aCornerIsReachedExactly() {
    double[] table = {1, 0.5, 0.2, 1, 0.9, 0.1, 1, 0.2, 0.7};
    MixtureProportions end = maximise(table, 3, GAP, 1000);
    assertThat(end.weights()).containsExactly(1, 0, 0);
    assertThat(end.value()).isZero();
  }

  @Example
  void copiesShareAndDoNotStall() {
    double[] table = {1, 1, 0.2, 1, 1, 0.4, 0.3, 0.3, 1};
    MixtureProportions end = maximise(table, 3, GAP, 1000);
    MixtureProportions single = maximise(new double[] {1, 0.2, 1, 0.4, 0.3, 1}, 2, GAP, 1000);
    assertThat(end.kktGap()).isLessThanOrEqualTo(GAP);
    assertThat(end.weights()[0] + end.weights()[1]).isCloseTo(single.weights()[0], within(1e-7));
  }

  @Example
  void aBoundOnStepsIsReportedByTheGap() {
    double[] table = table(7, 200, 6, 3);
    MixtureProportions end = maximise(table, 6, GAP, 1);
    assertThat(end.iterations()).isEqualTo(1);
    assertThat(end.kktGap()).isGreaterThan(GAP);
  }

  @Example
  void tenThousandExamplesTakeFewSteps() {
    double[] table = table(11, 10_000, 8, 2);
    MixtureProportions end = maximise(table, 8, GAP, 1000);
    assertThat(end.kktGap()).isLessThanOrEqualTo(GAP);
    assertThat(end.iterations()).isLessThan(25);
  }
}
