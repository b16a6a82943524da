package io.medforge.plugin.audit;

import org.hipparchus.special.Beta;

/** Exact confidence limits of a proportion: Clopper and Pearson, Biometrika 1934. */
final class BinomialInterval {
  private static final double TAIL = 0.025;
  private static final int HALVINGS = 200;

  private BinomialInterval() {}

  static Estimate of(int successes, int trials) {
    return new Estimate(
        (double) successes / trials,
        lower(successes, trials, TAIL),
        upper(successes, trials, TAIL));
  }

  /** The 95 % upper limit. */
  static double upper(int successes, int trials) {
    return upper(successes, trials, TAIL);
  }

  /** The 95 % lower limit. */
  static double lower(int successes, int trials) {
    return lower(successes, trials, TAIL);
  }

  /** The proportion at which so many successes or more would have probability {@code tail}. */
  static double lower(int successes, int trials, double tail) {
    check(successes, trials);
    return successes == 0 ? 0 : betaQuantile(tail, successes, trials - successes + 1.0);
  }

  /** The proportion at which so few successes or fewer would have probability {@code tail}. */
  static double upper(int successes, int trials, double tail) {
    check(successes, trials);
    return successes == trials ? 1 : betaQuantile(1 - tail, successes + 1.0, trials - successes);
  }

  private static void check(int successes, int trials) {
    if (trials < 1 || successes < 0 || successes > trials) {
      throw new IllegalArgumentException(
          "expected 0 to " + trials + " successes of at least 1 trial, found " + successes);
    }
  }

  private static double betaQuantile(double probability, double a, double b) {
    double low = 0;
    double high = 1;
    for (int i = 0; i < HALVINGS && low < high; i++) {
      double middle = (low + high) / 2;
      if (middle == low || middle == high) {
        break;
      }
      if (Beta.regularizedBeta(middle, a, b) < probability) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }
}
