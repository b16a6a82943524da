package io.medforge.forge.admission;

import io.medforge.runtime.Outputs;

/**
 * Compares two models on the same examples: how each example is scored, and between which bounds
 * the mean worsening lies. Implementations are immutable and deterministic.
 */
public interface PairedTest {
  /**
   * One-sided confidence bounds of the mean worsening.
   *
   * @param lower the mean is at least this, with confidence 1 - alpha
   * @param upper the mean is at most this, with confidence 1 - alpha
   */
  record Bounds(double lower, double upper) {}

  /**
   * Which test it is, for the record.
   *
   * @return its name and settings
   */
  String description();

  /**
   * How well one example was answered.
   *
   * @param outputs the answers
   * @param row the example
   * @param label its class
   * @return 0 to 1, higher is better
   */
  double score(Outputs outputs, int row, int label);

  /**
   * The bounds of the mean of {@code before - after}.
   *
   * @param worsening score before minus score after, one per example, -1 to 1
   * @param alpha the error probability of each bound, between 0 and 1
   * @return the bounds; -1 and 1 where the examples are too few to say
   */
  Bounds bounds(double[] worsening, double alpha);

  /**
   * The exact test of accuracy. With b examples of n that only the old model got right and c that
   * only the new one did, the worsening is the difference of two proportions; its bounds are those
   * of Clopper and Pearson for b and c, at alpha/2 each, so they hold together whatever the
   * dependence. Valid for any n; wide for small ones: with no example changed the upper bound is
   * {@code 1 - (alpha/2)^(1/n)}.
   *
   * @return the test
   */
  static PairedTest exact() {
    return new ExactPairedTest();
  }

  /**
   * The percentile bootstrap (Efron, Tibshirani, 1993) of the mean change in the true class's
   * probability. Sees smaller changes than accuracy does; valid for large n only, so fewer than 20
   * examples say nothing.
   *
   * @param seed of the resampling; equal seeds give equal bounds
   * @return the test
   */
  static PairedTest bootstrap(long seed) {
    return new BootstrapPairedTest(seed);
  }
}
