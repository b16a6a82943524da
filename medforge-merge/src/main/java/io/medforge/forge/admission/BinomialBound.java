package io.medforge.forge.admission;

/**
 * The exact one-sided bounds of a proportion (Clopper, Pearson, Biometrika 1934), found by
 * bisection on the binomial's tails in the logarithm, so the same on every machine.
 */
final class BinomialBound {
  private static final int STEPS = 60;

  private BinomialBound() {}

  /** The largest p at which at most k of n still happen with probability alpha. */
  static double upper(int k, int n, double alpha) {
    if (k == n) {
      return 1;
    }
    double low = (double) k / n;
    double high = 1;
    for (int step = 0; step < STEPS; step++) {
      double p = (low + high) / 2;
      if (atMost(k, n, p) > alpha) {
        low = p;
      } else {
        high = p;
      }
    }
    return high;
  }

  /** The smallest p at which at least k of n still happen with probability alpha. */
  static double lower(int k, int n, double alpha) {
    return 1 - upper(n - k, n, alpha);
  }

  /** P(X at most k) for X of n draws with probability p, 0 < p < 1. */
  static double atMost(int k, int n, double p) {
    double yes = StrictMath.log(p);
    double no = StrictMath.log1p(-p);
    double logChoose = 0;
    double sum = 0;
    for (int i = 0; i <= k; i++) {
      sum += StrictMath.exp(logChoose + i * yes + (n - i) * no);
      logChoose += StrictMath.log(n - i) - StrictMath.log(i + 1);
    }
    return Math.min(1, sum);
  }
}
