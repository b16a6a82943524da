package io.medforge.plugin.audit;

/**
 * How far canaries stand out among those that were not inserted: {@code log2 R - log2 rank}, where
 * rank counts the absent ones with a loss no greater, plus 1, of R = n + 1. Without memory it is
 * 1.44 bits on average in the limit. Carlini et al., USENIX Security 2019.
 */
final class CanaryExposure {
  private CanaryExposure() {}

  static double mean(MembershipScores scores) {
    double[] absent = scores.strangers();
    double sum = 0;
    for (double score : scores.members()) {
      int rank = 1;
      for (double other : absent) {
        rank += other >= score ? 1 : 0;
      }
      sum += greatest(absent.length) - log2(rank);
    }
    return sum / scores.members().length;
  }

  static double greatest(int absent) {
    return log2(absent + 1.0);
  }

  private static double log2(double value) {
    return StrictMath.log(value) / StrictMath.log(2.0);
  }
}
