package io.medforge.plugin.privacy;

import org.hipparchus.special.Erf;

/**
 * The exact trade-off of one Gaussian query of all patients, tighter than the accountant's: {@code
 * delta = Phi(1/(2 sigma) - epsilon sigma) - exp(epsilon) Phi(-1/(2 sigma) - epsilon sigma)}. Balle
 * and Wang, Improving the Gaussian mechanism for differential privacy, ICML 2018, theorem 8.
 * Several queries with multipliers sigma_i of the same patients are one with {@code 1 / sigma^2 =
 * sum 1 / sigma_i^2}. Thread-safe.
 */
public final class AnalyticGaussian {
  private static final int HALVINGS = 200;
  private static final double LARGEST_EPSILON = 700;

  private AnalyticGaussian() {}

  /**
   * The delta that goes with an epsilon.
   *
   * @param noiseMultiplier sigma, above 0
   * @param epsilon at least 0, at most 700
   * @return 0 to 1
   * @throws IllegalArgumentException if a value lies outside its range
   */
  public static double delta(double noiseMultiplier, double epsilon) {
    checkMultiplier(noiseMultiplier);
    if (!(epsilon >= 0 && epsilon <= LARGEST_EPSILON)) {
      throw new IllegalArgumentException(
          "expected an epsilon of 0 to " + LARGEST_EPSILON + ", found " + epsilon);
    }
    double half = 1 / (2 * noiseMultiplier);
    double shift = epsilon * noiseMultiplier;
    double delta = normalBelow(half - shift) - StrictMath.exp(epsilon) * normalBelow(-half - shift);
    return Math.min(1, Math.max(0, delta));
  }

  /**
   * The loss of one query.
   *
   * @param noiseMultiplier sigma, above 0
   * @param delta above 0 and below 1
   * @return the least epsilon at that delta
   * @throws IllegalArgumentException if a value lies outside its range, or epsilon would exceed 700
   */
  public static PrivacyLoss spend(double noiseMultiplier, double delta) {
    PrivacyLoss.checkDelta(delta);
    double enough = LARGEST_EPSILON;
    if (delta(noiseMultiplier, enough) > delta) {
      throw new IllegalArgumentException(
          "expected noise that keeps an epsilon of at most "
              + LARGEST_EPSILON
              + ", found a multiplier of "
              + noiseMultiplier);
    }
    double tooLittle = 0;
    if (delta(noiseMultiplier, tooLittle) <= delta) {
      return new PrivacyLoss(0, delta);
    }
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (tooLittle + enough) / 2;
      if (delta(noiseMultiplier, middle) <= delta) {
        enough = middle;
      } else {
        tooLittle = middle;
      }
    }
    return new PrivacyLoss(enough, delta);
  }

  /** The standard normal distribution function. */
  private static double normalBelow(double x) {
    return 0.5 * Erf.erfc(-x / StrictMath.sqrt(2.0));
  }

  private static void checkMultiplier(double noiseMultiplier) {
    if (!(noiseMultiplier > 0) || Double.isInfinite(noiseMultiplier)) {
      throw new IllegalArgumentException(
          "expected a noise multiplier above 0 and finite, found " + noiseMultiplier);
    }
  }
}
