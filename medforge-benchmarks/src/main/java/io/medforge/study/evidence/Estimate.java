package io.medforge.study.evidence;

import io.medforge.study.Bootstrap;
import java.util.Arrays;

/**
 * A value and how sure of it one may be.
 *
 * @param value of the patients there are; NaN if it is not defined for them
 * @param low the 2.5th percentile over resampled patients
 * @param high the 97.5th percentile
 */
public record Estimate(double value, double low, double high) {
  private static final double TAIL = 0.025;

  /** A value and its percentiles over resamples; all NaN where it is not defined. */
  static Estimate of(double value, double[] resampled) {
    if (Double.isNaN(value)) {
      return new Estimate(Double.NaN, Double.NaN, Double.NaN);
    }
    double[] sorted = resampled.clone();
    Arrays.sort(sorted);
    return new Estimate(
        value, Bootstrap.quantile(sorted, TAIL), Bootstrap.quantile(sorted, 1 - TAIL));
  }
}
