package io.medforge.merge.kernel;

import java.util.Arrays;

/**
 * k-means with the seeding of k-means++: Arthur and Vassilvitskii, SODA 2007; then Lloyd's rounds
 * until nothing moves, at most 100. Deterministic for a seed. Immutable.
 */
public final class KMeans {
  private static final int MAX_ROUNDS = 100;

  private final double[][] centres;
  private final int[] assignment;

  private KMeans(double[][] centres, int[] assignment) {
    this.centres = centres;
    this.assignment = assignment;
  }

  /**
   * Clusters points.
   *
   * @param points n rows of equal length, at least one; only read
   * @param k clusters wanted, at least 1; fewer come out if fewer points are distinct
   * @param seed of the seeding
   * @return the clustering, of 1 to k clusters, none empty
   */
  public static KMeans of(double[][] points, int k, long seed) {
    double[][] centres = seeds(points, k, new CounterRandom(seed));
    int[] assignment = new int[points.length];
    for (int round = 0; round < MAX_ROUNDS; round++) {
      boolean moved = assign(points, centres, assignment) || round == 0;
      if (!moved) {
        break;
      }
      update(points, centres, assignment);
    }
    return withoutEmpty(centres, assignment);
  }

  /** Each next centre is a point drawn in proportion to its squared distance from those before. */
  private static double[][] seeds(double[][] points, int k, CounterRandom random) {
    double[] nearest = new double[points.length];
    Arrays.fill(nearest, Double.POSITIVE_INFINITY);
    double[][] centres = new double[Math.min(k, points.length)][];
    int next = (int) (random.uniform(0) * points.length);
    for (int c = 0; c < centres.length; c++) {
      centres[c] = points[next].clone();
      double sum = 0;
      for (int i = 0; i < points.length; i++) {
        nearest[i] = Math.min(nearest[i], distance(points[i], centres[c]));
        sum += nearest[i];
      }
      if (!(sum > 0)) {
        return Arrays.copyOf(centres, c + 1);
      }
      double drawn = random.uniform(c + 1) * sum;
      next = -1;
      for (int i = 0; i < points.length && drawn >= 0; i++) {
        if (nearest[i] > 0) {
          next = i;
          drawn -= nearest[i];
        }
      }
    }
    return centres;
  }

  private static boolean assign(double[][] points, double[][] centres, int[] assignment) {
    boolean moved = false;
    for (int i = 0; i < points.length; i++) {
      int nearest = 0;
      double least = Double.POSITIVE_INFINITY;
      for (int c = 0; c < centres.length; c++) {
        double distance = distance(points[i], centres[c]);
        if (distance < least) {
          least = distance;
          nearest = c;
        }
      }
      moved |= assignment[i] != nearest;
      assignment[i] = nearest;
    }
    return moved;
  }

  /** A cluster that lost all its points keeps its centre. */
  private static void update(double[][] points, double[][] centres, int[] assignment) {
    int[] counts = new int[centres.length];
    double[][] sums = new double[centres.length][points[0].length];
    for (int i = 0; i < points.length; i++) {
      counts[assignment[i]]++;
      for (int f = 0; f < points[i].length; f++) {
        sums[assignment[i]][f] += points[i][f];
      }
    }
    for (int c = 0; c < centres.length; c++) {
      if (counts[c] > 0) {
        for (int f = 0; f < sums[c].length; f++) {
          centres[c][f] = sums[c][f] / counts[c];
        }
      }
    }
  }

  private static KMeans withoutEmpty(double[][] centres, int[] assignment) {
    int[] renamed = new int[centres.length];
    Arrays.fill(renamed, -1);
    int kept = 0;
    for (int c = 0; c < centres.length; c++) {
      int cluster = c;
      if (Arrays.stream(assignment).anyMatch(a -> a == cluster)) {
        renamed[c] = kept;
        centres[kept++] = centres[c];
      }
    }
    int[] names = Arrays.stream(assignment).map(a -> renamed[a]).toArray();
    return new KMeans(Arrays.copyOf(centres, kept), names);
  }

  /**
   * A squared distance.
   *
   * @param a a point
   * @param b another, of the same length
   * @return |a - b|^2
   */
  public static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int f = 0; f < a.length; f++) {
      double difference = a[f] - b[f];
      sum += difference * difference;
    }
    return sum;
  }

  /**
   * The clusters' means.
   *
   * @return new rows, one per cluster
   */
  public double[][] centres() {
    return Arrays.stream(centres).map(double[]::clone).toArray(double[][]::new);
  }

  /**
   * Each point's cluster.
   *
   * @return a new array of indices into {@link #centres}
   */
  public int[] assignment() {
    return assignment.clone();
  }
}
