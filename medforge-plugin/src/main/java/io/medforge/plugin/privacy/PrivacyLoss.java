package io.medforge.plugin.privacy;

/**
 * An (epsilon, delta): what one patient's presence can change. An attacker who may flag a share f
 * of strangers flags at most {@code exp(epsilon) * f + delta} of the patients. Immutable.
 *
 * @param epsilon at least 0; infinite where there is no guarantee
 * @param delta above 0 and below 1, well below one over the number of patients
 */
public record PrivacyLoss(double epsilon, double delta) {
  /**
   * Checks the ranges.
   *
   * @param epsilon at least 0; infinite where there is no guarantee
   * @param delta above 0 and below 1, well below one over the number of patients
   * @throws IllegalArgumentException if one lies outside its range; the message names it
   */
  public PrivacyLoss {
    if (!(epsilon >= 0)) {
      throw new IllegalArgumentException("expected an epsilon of at least 0, found " + epsilon);
    }
    checkDelta(delta);
  }

  /**
   * The most patients that an attacker can flag.
   *
   * @param falsePositiveRate the share of strangers that the attacker also flags, 0 to 1
   * @return the bound on the share of patients flagged, 0 to 1
   * @throws IllegalArgumentException if the rate lies outside its range
   */
  public double truePositiveBound(double falsePositiveRate) {
    if (!(falsePositiveRate >= 0 && falsePositiveRate <= 1)) {
      throw new IllegalArgumentException(
          "expected a false positive rate of 0 to 1, found " + falsePositiveRate);
    }
    if (Double.isInfinite(epsilon)) {
      return 1;
    }
    double grown = falsePositiveRate == 0 ? 0 : StrictMath.exp(epsilon) * falsePositiveRate;
    return Math.min(1, grown + delta);
  }

  /** Whether there is a guarantee at all. */
  boolean isBounded() {
    return Double.isFinite(epsilon);
  }

  static void checkDelta(double delta) {
    if (!(delta > 0 && delta < 1)) {
      throw new IllegalArgumentException("expected a delta above 0 and below 1, found " + delta);
    }
  }
}
