package io.medforge.merge.mixture;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import java.util.Arrays;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;

/**
 * A mixture's answer to one input, and who spoke. Immutable.
 *
 * <p>A plugin's <em>weight</em> w_j is how much the gate listened to it; its <em>share</em> is its
 * part in the predicted class c*, and the shares take the answer apart exactly:
 *
 * <ul>
 *   <li>in the linear pool, share_j = w_j p_j(c*) / sum_i w_i p_i(c*): the part of the probability
 *       that came from it, 0 to 1;
 *   <li>in the logarithmic pool, where logarithms add up, share_j = w_j e_j / sum_i w_i e_i with
 *       the evidence e_j = log p_j(c*) - mean_c log p_j(c): negative for a plugin that spoke
 *       against the answer. If nothing speaks for any class, shares are the weights.
 * </ul>
 *
 * <p>If plugins do several tasks, the gate's weights also say which task this is; the answer is
 * that of the most likely task, mixed from its plugins alone, and plugins of other tasks have a
 * share of 0. If the gate abstained, the base answered, and no plugin has a weight or a share.
 */
public final class MixedPrediction {
  private final double[] probabilities;
  private final Optional<LabelSpace> labels;
  private final SortedMap<PluginId, Double> weights;
  private final double baseWeight;
  private final SortedMap<PluginId, Double> shares;
  private final SortedMap<String, Double> tasks;

  /** Takes ownership of its arguments. */
  MixedPrediction(
      double[] probabilities,
      Optional<LabelSpace> labels,
      SortedMap<PluginId, Double> weights,
      double baseWeight,
      SortedMap<PluginId, Double> shares,
      SortedMap<String, Double> tasks) {
    this.probabilities = probabilities;
    this.labels = labels;
    this.weights = Collections.unmodifiableSortedMap(weights);
    this.baseWeight = baseWeight;
    this.shares = Collections.unmodifiableSortedMap(shares);
    this.tasks = Collections.unmodifiableSortedMap(tasks);
  }

  /**
   * Each class's probability, given the task.
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
   * What the classes mean.
   *
   * @return the label space of the most likely task; empty if nobody has said, or if the base
   *     answered for a mixture of several tasks
   */
  public Optional<LabelSpace> labels() {
    return labels;
  }

  /**
   * How much the gate listened to each plugin.
   *
   * @return an unmodifiable map of every plugin, summing with {@link #baseWeight} to 1 but for
   *     rounding
   */
  public SortedMap<PluginId, Double> weights() {
    return weights;
  }

  /**
   * How much the base alone counted.
   *
   * @return 1 if the gate abstained, else 0
   */
  public double baseWeight() {
    return baseWeight;
  }

  /**
   * Whether the input was too far from everything remembered, so that the base answered alone.
   *
   * @return true if so
   */
  public boolean abstained() {
    return baseWeight > 0;
  }

  /**
   * Each plugin's part in the predicted class.
   *
   * @return an unmodifiable map of every plugin, summing to 1 but for rounding; all 0 if the gate
   *     abstained
   */
  public SortedMap<PluginId, Double> shares() {
    return shares;
  }

  /**
   * Which task this is: the gate's weights, summed over the plugins of each label space.
   *
   * @return an unmodifiable map by the label space's name, summing to 1 but for rounding; empty if
   *     nobody has said what outputs mean, or if the gate abstained
   */
  public SortedMap<String, Double> tasks() {
    return tasks;
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
        + (abstained() ? ", by the base alone" : ", shares " + shares);
  }
}
