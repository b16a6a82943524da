package io.medforge.forge.admission;

import java.util.Arrays;

/**
 * The middle of some numbers and how far they lie from it, neither moved much by a few of them.
 *
 * @param median the median
 * @param deviation 1.4826 times the median absolute deviation, which estimates the standard
 *     deviation of a normal sample
 */
record RobustScale(double median, double deviation) {
  private static final double TO_NORMAL = 1.4826;

  /** Of at least one number. */
  static RobustScale of(double[] numbers) {
    double median = median(numbers);
    double[] away = Arrays.stream(numbers).map(x -> Math.abs(x - median)).toArray();
    return new RobustScale(median, TO_NORMAL * median(away));
  }

  /** How many deviations, each at least {@code floor} wide, a number lies above the median. */
  double above(double number, double floor) {
    return (number - median) / Math.max(deviation, floor);
  }

  private static double median(double[] numbers) {
    double[] sorted = numbers.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
