package io.medforge.plugin.privacy;

/**
 * A Gaussian mechanism on Poisson samples, run some number of times: what DP-SGD does, step by
 * step, and, at a sampling rate of 1, what a single noisy sum does. Immutable.
 *
 * @param samplingRate q: the probability of each patient to enter a step, above 0 and at most 1
 * @param noiseMultiplier sigma: the noise's deviation divided by the clipping norm, above 0
 * @param steps how often it runs on the same patients, at least 1
 */
public record SampledGaussian(double samplingRate, double noiseMultiplier, long steps) {
  private static final double LARGEST_MULTIPLIER = 1e6;
  private static final double PRECISION = 1e-4;

  /**
   * Checks the ranges.
   *
   * @param samplingRate q: the probability of each patient to enter a step, above 0 and at most 1
   * @param noiseMultiplier sigma: the noise's deviation divided by the clipping norm, above 0
   * @param steps how often it runs on the same patients, at least 1
   * @throws IllegalArgumentException if one lies outside its range; the message names it
   */
  public SampledGaussian {
    if (!(samplingRate > 0 && samplingRate <= 1)) {
      throw new IllegalArgumentException(
          "expected a sampling rate above 0 and at most 1, found " + samplingRate);
    }
    if (!(noiseMultiplier > 0) || Double.isInfinite(noiseMultiplier)) {
      throw new IllegalArgumentException(
          "expected a noise multiplier above 0 and finite, found " + noiseMultiplier);
    }
    if (steps < 1) {
      throw new IllegalArgumentException("expected at least 1 step, found " + steps);
    }
  }

  /**
   * One query of all patients: a clipped sum with Gaussian noise.
   *
   * @param noiseMultiplier sigma, above 0
   * @return the mechanism with q = 1 and one step
   * @throws IllegalArgumentException if sigma is not above 0 and finite
   */
  public static SampledGaussian once(double noiseMultiplier) {
    return new SampledGaussian(1, noiseMultiplier, 1);
  }

  /**
   * The least noise that keeps a guarantee, by {@link RenyiCurve#spend}.
   *
   * @param samplingRate q, above 0 and at most 1
   * @param steps at least 1
   * @param guarantee what may be spent
   * @return a mechanism that spends at most that, its sigma at most 0.01 % above the least
   * @throws IllegalArgumentException if a value lies outside its range, or no sigma up to a million
   *     keeps the guarantee
   */
  public static SampledGaussian within(double samplingRate, long steps, PrivacyLoss guarantee) {
    double enough = 1;
    while (!new SampledGaussian(samplingRate, enough, steps).keeps(guarantee)) {
      enough *= 2;
      if (enough > LARGEST_MULTIPLIER) {
        throw new IllegalArgumentException(
            "expected a guarantee that a noise multiplier up to "
                + LARGEST_MULTIPLIER
                + " keeps, found "
                + guarantee);
      }
    }
    double tooLittle = enough / 2;
    while (new SampledGaussian(samplingRate, tooLittle, steps).keeps(guarantee)) {
      enough = tooLittle;
      tooLittle /= 2;
    }
    while (enough - tooLittle > PRECISION * enough) {
      double middle = (enough + tooLittle) / 2;
      if (new SampledGaussian(samplingRate, middle, steps).keeps(guarantee)) {
        enough = middle;
      } else {
        tooLittle = middle;
      }
    }
    return new SampledGaussian(samplingRate, enough, steps);
  }

  private boolean keeps(PrivacyLoss guarantee) {
    return RenyiCurve.of(this).spend(guarantee.delta()).epsilon() <= guarantee.epsilon();
  }
}
