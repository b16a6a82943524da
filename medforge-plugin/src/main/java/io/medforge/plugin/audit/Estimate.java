package io.medforge.plugin.audit;

/**
 * A statistic with its 95 % interval. Immutable.
 *
 * @param value the statistic
 * @param lower the interval's lower end; equal to the value where no interval is meant
 * @param upper the interval's upper end
 */
public record Estimate(double value, double lower, double upper) {
  /**
   * Checks the order.
   *
   * @param value the statistic
   * @param lower the interval's lower end; equal to the value where no interval is meant
   * @param upper the interval's upper end
   * @throws IllegalArgumentException if one is not finite or the value lies outside the interval
   */
  public Estimate {
    if (!Double.isFinite(lower) || !Double.isFinite(upper) || !(lower <= value && value <= upper)) {
      throw new IllegalArgumentException(
          "expected a finite value within its interval, found "
              + value
              + " in ["
              + lower
              + ", "
              + upper
              + "]");
    }
  }

  /**
   * A number that was counted, not estimated.
   *
   * @param value the number
   * @return it, as both ends too
   * @throws IllegalArgumentException if it is not finite
   */
  public static Estimate exactly(double value) {
    return new Estimate(value, value, value);
  }
}
