package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class KMeansTest {
  @Property(tries = 100)
  void everyPointIsWithItsNearestCentreAndEveryCentreIsAMean(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 40) int n,
      @ForAll @IntRange(min = 1, max = 6) int k) {
    Random random = new Random(seed);
    double[][] points = new double[n][3];
    for (double[] point : points) {
      for (int f = 0; f < 3; f++) {
        point[f] = random.nextInt(5);
      }
    }
    KMeans clusters = KMeans.of(points, k, seed);
    double[][] centres = clusters.centres();
    int[] assignment = clusters.assignment();
    assertThat(centres.length).isBetween(1, k);
    double[][] sums = new double[centres.length][3];
    int[] counts = new int[centres.length];
    for (int i = 0; i < n; i++) {
      double own = KMeans.distance(points[i], centres[assignment[i]]);
      for (double[] centre : centres) {
        assertThat(own).isLessThanOrEqualTo(KMeans.distance(points[i], centre) + 1e-12);
      }
      counts[assignment[i]]++;
      for (int f = 0; f < 3; f++) {
        sums[assignment[i]][f] += points[i][f];
      }
    }
    for (int c = 0; c < centres.length; c++) {
      assertThat(counts[c]).isPositive();
      for (int f = 0; f < 3; f++) {
        assertThat(centres[c][f]).isCloseTo(sums[c][f] / counts[c], within(1e-12));
      }
    }
    assertThat(KMeans.of(points, k, seed).assignment()).containsExactly(assignment);
  }

  @Example
  void asManyClustersAsDistinctPointsAtMost() {
    double[][] points = {{1}, {1}, {2}, {2}};
    KMeans clusters = KMeans.of(points, 4, 1);
    double[] centres = Arrays.stream(clusters.centres()).mapToDouble(c -> c[0]).sorted().toArray();
    assertThat(centres).containsExactly(1, 2);
  }
}
