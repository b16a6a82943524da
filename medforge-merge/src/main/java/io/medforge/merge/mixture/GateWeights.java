package io.medforge.merge.mixture;

import java.util.Arrays;

/**
 * How much each plugin counts, in canonical order, and how much the base alone, which is what a
 * gate that abstains leaves to answer: non-negative numbers that sum to 1. Immutable.
 */
public final class GateWeights {
  private static final double TOLERANCE = 1e-9;

  private final double[] weights;
  private final double base;

  private GateWeights(double[] owned, double base) {
    this.weights = owned;
    this.base = base;
  }

  /**
   * Weights of plugins; the base has none.
   *
   * @param weights one per plugin in canonical order, at least one; copied
   * @return the weights
   * @throws IllegalArgumentException if there is none, one is negative or not finite, or their sum
   *     lies further than 1e-9 from 1
   */
  public static GateWeights of(double... weights) {
    return of(0, weights.clone());
  }

  /**
   * Silence: the base answers alone.
   *
   * @param plugins n, at least 1
   * @return 0 for each plugin, 1 for the base
   * @throws IllegalArgumentException if n is less than 1
   */
  public static GateWeights ofBase(int plugins) {
    return of(1, new double[plugins]);
  }

  /** Takes ownership of the array. */
  static GateWeights of(double base, double[] copy) {
    if (copy.length == 0) {
      throw new IllegalArgumentException("expected at least one gate weight, found none");
    }
    if (!(base >= 0 && base <= 1)) {
      throw new IllegalArgumentException("expected a base's weight of 0 to 1, found " + base);
    }
    double sum = base;
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
          "expected gate weights that sum to 1, found sum " + sum + " of " + Arrays.toString(copy));
    }
    return new GateWeights(copy, base);
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
    return new GateWeights(weights, 0);
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
   * The weight of the base alone.
   *
   * @return 1 if the gate abstains, else 0 for every gate of MedForge's own
   */
  public double base() {
    return base;
  }

  /**
   * All plugins' weights.
   *
   * @return a new array, in canonical order
   */
  public double[] toArray() {
    return weights.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GateWeights that
        && base == that.base
        && Arrays.equals(weights, that.weights);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(weights) + Double.hashCode(base);
  }

  @Override
  public String toString() {
    return Arrays.toString(weights) + (base > 0 ? ", base " + base : "");
  }
}
