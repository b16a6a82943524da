package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;

/**
 * How the updates of one layer become one: the extension point of {@link Fusion#by}. Rules see one
 * layer at a time; heads of different label spaces, output types, ranks and the record are Fusion's
 * business. Implementations are immutable, thread-safe and deterministic, and do not depend on the
 * order of the updates beyond the canonical one.
 *
 * <p>Legend: n = number of plugins that change the layer, w_i = coefficient, Delta_i = s_i B_i A_i
 * or a dense delta.
 */
public interface AveragingRule {
  /**
   * What is known before any layer.
   *
   * @return the same at every call
   */
  RuleDescription description();

  /**
   * Averages one layer.
   *
   * @param layer what the plugins changed there; all low-rank or all dense
   * @return what to make of it
   * @throws IncompatiblePluginsException if the rule does not apply to these updates
   */
  LayerAverage average(LayerUpdates layer);

  /**
   * This rule's result times lambda. In factor space, where lambda would enter both factors, it is
   * refused.
   *
   * @param lambda finite
   * @return a rule
   * @throws IllegalArgumentException if lambda is not finite, or the rule knows nothing but factor
   *     space
   */
  default AveragingRule times(double lambda) {
    return new ScaledRule(this, lambda);
  }

  /**
   * The weighted mean {@code sum w_i Delta_i}: what {@link Fusion#average()} does. In product
   * space, factor space or on dense tensors.
   *
   * @return the rule
   */
  static AveragingRule mean() {
    return new MeanRule();
  }

  /**
   * Task arithmetic {@code lambda sum w_i Delta_i}. In product space or on dense tensors. With
   * coefficients of 1 this is the sum of task vectors of Ilharco et al., Editing models with task
   * arithmetic, ICLR 2023, which suggests a lambda of 0.3 to 1; {@link Fusion}'s default
   * coefficients are 1/n.
   *
   * @param lambda finite
   * @return the rule
   * @throws IllegalArgumentException if lambda is not finite
   */
  static AveragingRule taskArithmetic(double lambda) {
    return ScaledRule.named("task-arithmetic", new MeanRule(), lambda);
  }
}
