package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.Features;

/**
 * What a gate may look at for one input: the plugins, what each of them answers to it, where it
 * lies, and what a gate before this one thought. A plugin is run when its answer is first asked
 * for, so a gate that asks for few keeps the others idle; the answers are the same whoever asks
 * first. Not to be kept beyond the call it is given to.
 */
public final class GateQuery {
  private final PluginRuns runs;
  private final int row;
  private final GateWeights prior;

  GateQuery(PluginRuns runs, int row, GateWeights prior) {
    this.runs = runs;
    this.row = row;
    this.prior = prior;
  }

  /** The same question, after another gate. */
  GateQuery after(GateWeights weights) {
    return new GateQuery(runs, row, weights);
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
   * What a gate before this one weighed, see {@link Gate#then}.
   *
   * @return its weights; equal ones if this gate is the first
   */
  public GateWeights prior() {
    return prior;
  }

  /**
   * One plugin's raw scores for this input.
   *
   * @param plugin its place in canonical order, 0 to n - 1
   * @return a new array, one logit per class of the plugin's own label space
   * @throws IndexOutOfBoundsException if there is no such plugin
   */
  public float[] logits(int plugin) {
    return runs.outputs(plugin).logits(row);
  }

  /**
   * One plugin's opinion of this input: the softmax of its scores, at its temperature where the
   * mixture is calibrated, read in the label space of its task.
   *
   * @param plugin its place in canonical order, 0 to n - 1
   * @return a new array, one probability per class of the task
   * @throws IndexOutOfBoundsException if there is no such plugin
   */
  public double[] probabilities(int plugin) {
    runs.outputs(plugin);
    return runs.opinion(plugin, row);
  }

  /** The same before it is read in another label space: how certain the plugin itself is. */
  double[] ownProbabilities(int plugin) {
    runs.outputs(plugin);
    return runs.ownOpinion(plugin, row);
  }

  /**
   * Where the whole batch lies; this input is {@link #row()} of it. Found once per batch.
   *
   * @param extractor finds features
   * @param width the width expected
   * @return the features of every input of the batch
   * @throws IncompatiblePluginsException if the base gives features of another width
   */
  public Features features(FeatureExtractor extractor, int width) {
    Features features = runs.features(extractor);
    if (features.width() != width) {
      throw new IncompatiblePluginsException(
          "expected "
              + width
              + " features as the gate was made for, found "
              + features.width()
              + ", at features "
              + extractor.name());
    }
    return features;
  }

  /**
   * Which input of the batch this is.
   *
   * @return its row
   */
  public int row() {
    return row;
  }

  /** Says that these plugins' answers will be asked for, so that they may run side by side. */
  void prepare(double[] weights) {
    runs.prepare(weights);
  }

  /** One of a few arrays that are the same for all inputs of the batch, of any content. */
  double[] workspace(int slot, int size) {
    return runs.workspace(slot, size);
  }

  /** The same in single precision. */
  float[] roughWorkspace(int size) {
    return runs.roughWorkspace(size);
  }
}
