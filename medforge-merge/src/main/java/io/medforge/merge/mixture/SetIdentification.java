package io.medforge.merge.mixture;

import java.util.List;

/** How well remembered examples tell which set an unseen one belongs to. */
final class SetIdentification {
  /** Powers of the square root of 2, from 1/16 to 4096. */
  private static final int FINEST = -8;

  private static final int COARSEST = 24;

  private SetIdentification() {}

  /**
   * The temperature under which prototypes of each half of the examples give the other half's sets
   * the highest likelihood; the greatest of equals, and 1 if no set and class has two examples.
   */
  static double temperature(List<MemoryPrototypes.Example> examples, int perClass, int groups) {
    List<MemoryPrototypes.Example> first = MemoryPrototypes.half(examples, true);
    List<MemoryPrototypes.Example> second = MemoryPrototypes.half(examples, false);
    if (second.isEmpty()) {
      return 1;
    }
    double best = 1;
    double highest = Double.NEGATIVE_INFINITY;
    Distances one = Distances.of(first, second, perClass, groups);
    Distances other = Distances.of(second, first, perClass, groups);
    for (int power = COARSEST; power >= FINEST; power--) {
      double tau = StrictMath.pow(2, power / 2.0);
      double value = one.logLikelihood(tau) + other.logLikelihood(tau);
      if (value > highest) {
        highest = value;
        best = tau;
      }
    }
    return best;
  }

  /** Of judged examples to the nearest prototype of each set. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Distances(double[][] nearest, int[] groups, double[] counts) {
    static Distances of(
        List<MemoryPrototypes.Example> known,
        List<MemoryPrototypes.Example> judged,
        int perClass,
        int groups) {
      MemoryPrototypes prototypes = MemoryPrototypes.of(known, perClass);
      double[][] points = MemoryPrototypes.whitened(prototypes.whitening(), judged);
      double[][] nearest = new double[points.length][];
      for (int i = 0; i < points.length; i++) {
        nearest[i] = prototypes.nearestByGroup(points[i], groups);
      }
      return new Distances(
          nearest,
          judged.stream().mapToInt(MemoryPrototypes.Example::group).toArray(),
          judged.stream().mapToDouble(MemoryPrototypes.Example::count).toArray());
    }

    /** An example whose set has no prototype in the other half says nothing. */
    double logLikelihood(double tau) {
      double sum = 0;
      for (int i = 0; i < nearest.length; i++) {
        double own = nearest[i][groups[i]];
        if (own < Double.POSITIVE_INFINITY) {
          double others = 0;
          for (double distance : nearest[i]) {
            others += StrictMath.exp((own - distance) / (2 * tau));
          }
          sum -= counts[i] * StrictMath.log(others);
        }
      }
      return sum;
    }
  }
}
