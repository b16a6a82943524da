package io.medforge.merge.mixture;

import java.util.Arrays;

/**
 * How much each plugin counts, in canonical order: non-negative numbers that sum to 1. Immutable.
 */
public final class GateWeights {
  private static final double TOLERANCE = 1e-9;

  private final double[] weights;

  private GateWeights(double[] owned) {
    this.weights = owned;
  }

  /**
   * Weights.
   *
   * @param weights one per plugin in canonical order, at least one; copied
   * @return the weights
   * @throws IllegalArgumentException if there is none, one is negative or not finite, or their sum
   *     lies further than 1e-9 from 1
   */
  public static GateWeights of(double... weights) {
    if (weights.length == 0) {
      throw new IllegalArgumentException("expected at least one gate weight, found none");
    }
    double[] copy = weights.clone();
    double sum = 0;
    for (int j = 0; j < copy.length; j++) {
      if (!(copy[j] >= 0) || copy[j] == Double.POSITIVE_INFINITY) {
        throw new IllegalArgumentException(
            "expected finite gate weights of at least 0, found "
                + copy[j]
                + ", at plugin "
                + j
                + " of "
                + copy.length
                + " in canonical order");
      }
      copy[j] += 0.0; // makes -0.0 a plain zero
      sum += copy[j];
    }
    if (!(Math.abs(sum - 1) <= TOLERANCE)) {
      throw new IllegalArgumentException(
          "expected gate weights that sum to 1, found sum "
              + sum
              + " of "
              + Arrays.toString(weights));
    }
    return new GateWeights(copy);
  }

  /**
   * The same weight for every plugin.
   *
   * @param plugins n, at least 1
   * @return 1/n each
   * @throws IllegalArgumentException if n is less than 1
   */
  public static GateWeights uniform(int plugins) {
    if (plugins < 1) {
      throw new IllegalArgumentException("expected at least one plugin, found " + plugins);
    }
    double[] weights = new double[plugins];
    Arrays.fill(weights, 1.0 / plugins);
    return new GateWeights(weights);
  }

  /**
   * The number of plugins.
   *
   * @return n, at least 1
   */
  public int size() {
    return weights.length;
  }

  /**
   * One plugin's weight.
   *
   * @param plugin its place in canonical order, 0 to n - 1
   * @return its weight, 0 to 1
   * @throws IndexOutOfBoundsException if there is no such plugin
   */
  public double at(int plugin) {
    return weights[plugin];
  }

  /**
   * All weights.
   *
   * @return a new array, in canonical order
   */
  public double[] toArray() {
    return weights.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GateWeights that && Arrays.equals(weights, that.weights);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(weights);
  }

  @Override
  public String toString() {
    return Arrays.toString(weights);
  }
}
