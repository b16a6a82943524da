package io.medforge.merge.mixture;

import io.medforge.plugin.PluginId;
import java.util.Arrays;
import java.util.SortedMap;

/**
 * A mixture's answer to one input, and who spoke. Immutable.
 *
 * <p>The answer is the linear opinion pool p(c) = sum_j w_j p_j(c) (Stone, Ann. Math. Stat. 1961).
 * A plugin's <em>weight</em> w_j is how much the gate listened to it; its <em>share</em> w_j
 * p_j(c*) / p(c*) is the part of the predicted class's probability that came from it, so the shares
 * take the answer apart exactly.
 */
public final class MixedPrediction {
  private final double[] probabilities;
  private final SortedMap<PluginId, Double> weights;
  private final SortedMap<PluginId, Double> shares;

  /** Takes ownership of its arguments; the maps are unmodifiable. */
  MixedPrediction(
      double[] probabilities,
      SortedMap<PluginId, Double> weights,
      SortedMap<PluginId, Double> shares) {
    this.probabilities = probabilities;
    this.weights = weights;
    this.shares = shares;
  }

  /**
   * Each class's probability.
   *
   * @return a new array, non-negative, summing to 1 but for rounding
   */
  public double[] probabilities() {
    return probabilities.clone();
  }

  /**
   * The most probable class; the first of equals.
   *
   * @return an index into the label space's classes
   */
  public int predictedClass() {
    return highest(probabilities);
  }

  /**
   * How much the gate listened to each plugin.
   *
   * @return an unmodifiable map of every plugin, summing to 1 but for rounding
   */
  public SortedMap<PluginId, Double> weights() {
    return weights;
  }

  /**
   * How much of the predicted class's probability came from each plugin.
   *
   * @return an unmodifiable map of every plugin, summing to 1 but for rounding
   */
  public SortedMap<PluginId, Double> shares() {
    return shares;
  }

  static int highest(double[] probabilities) {
    int highest = 0;
    for (int c = 1; c < probabilities.length; c++) {
      if (probabilities[c] > probabilities[highest]) {
        highest = c;
      }
    }
    return highest;
  }

  @Override
  public String toString() {
    return "class "
        + predictedClass()
        + " of "
        + Arrays.toString(probabilities)
        + ", shares "
        + shares;
  }
}
