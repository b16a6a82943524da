package io.medforge.merge.mixture;

import io.medforge.merge.PluginSet;
import io.medforge.runtime.Outputs;

/**
 * What a gate may look at for one input: the plugins, and what each of them answers to it. A plugin
 * is run when its answer is first asked for, so a gate that asks for few keeps the others idle; the
 * answers are the same whoever asks first. Not to be kept beyond the call it is given to.
 */
public final class GateQuery {
  private final PluginRuns runs;
  private final int row;

  GateQuery(PluginRuns runs, int row) {
    this.runs = runs;
    this.row = row;
  }

  /**
   * The plugins to weigh.
   *
   * @return the set, whose canonical order the weights follow
   */
  public PluginSet plugins() {
    return runs.plugins();
  }

  /**
   * One plugin's raw scores for this input.
   *
   * @param plugin its place in canonical order, 0 to n - 1
   * @return a new array, one logit per class
   * @throws IndexOutOfBoundsException if there is no such plugin
   */
  public float[] logits(int plugin) {
    return outputs(plugin).logits(row);
  }

  /**
   * One plugin's softmax for this input.
   *
   * @param plugin its place in canonical order, 0 to n - 1
   * @return a new array, one probability per class
   * @throws IndexOutOfBoundsException if there is no such plugin
   */
  public double[] probabilities(int plugin) {
    return outputs(plugin).probabilities(row);
  }

  private Outputs outputs(int plugin) {
    return runs.outputs(plugin);
  }
}
