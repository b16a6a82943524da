package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Plugins and the gate that weighs them: a model that answers with probabilities and says who
 * spoke. It holds no base model; the runtime does, once for all plugins. Immutable and safe to
 * share between threads, if the gate is.
 */
public final class MixtureModel {
  private final PluginSet plugins;
  private final Gate gate;
  private final Optional<GateWeights> fixed;
  private final Optional<LabelSpace> labels;
  private final Digest digest;

  MixtureModel(
      PluginSet plugins, Gate gate, GateDescription description, Optional<LabelSpace> labels) {
    this.plugins = plugins;
    this.gate = gate;
    this.fixed = description.fixed();
    this.labels = labels;
    this.digest = digestOf(plugins, description, labels);
  }

  /**
   * The plugins.
   *
   * @return the set, in canonical order
   */
  public PluginSet plugins() {
    return plugins;
  }

  /**
   * What weighs them.
   *
   * @return the gate
   */
  public Gate gate() {
    return gate;
  }

  /**
   * What the outputs mean.
   *
   * @return the label space, or empty if nobody has said
   */
  public Optional<LabelSpace> labels() {
    return labels;
  }

  /**
   * The identity of its content.
   *
   * @return SHA-256 over the plugins' digests, the label space and the gate: its weights where they
   *     are the same for every input, else its name and parameters
   */
  public Digest digest() {
    return digest;
  }

  /**
   * Answers one input.
   *
   * @param runtime the plugins' base model
   * @param oneExample {@code [1, ...]}
   * @return the answer
   * @throws IllegalArgumentException if there is another number of examples than one, or they have
   *     another shape than the model takes
   * @throws IncompatiblePluginsException if the runtime holds another base, or plugins answer with
   *     different numbers of classes
   */
  public MixedPrediction predict(ModelRuntime runtime, ModelInput oneExample) {
    if (oneExample.size() != 1) {
      throw new IllegalArgumentException("expected one example, found " + oneExample.size());
    }
    return predictAll(runtime, oneExample).get(0);
  }

  /**
   * Answers a batch. Each plugin that the gate asks about or gives weight to runs once, over the
   * whole batch; each row's answer is that of the row alone.
   *
   * @param runtime the plugins' base model
   * @param batch the inputs
   * @return one answer per row, an unmodifiable list
   * @throws IllegalArgumentException if inputs have another shape than the model takes
   * @throws IncompatiblePluginsException if the runtime holds another base, or plugins answer with
   *     different numbers of classes
   */
  public List<MixedPrediction> predictAll(ModelRuntime runtime, ModelInput batch) {
    PluginRuns runs = new PluginRuns(plugins, labels, runtime, batch);
    List<MixedPrediction> predictions = new ArrayList<>(batch.size());
    for (int row = 0; row < batch.size(); row++) {
      GateWeights weights = weigh(runs, row);
      predictions.add(mix(runs, weights, row));
    }
    return Collections.unmodifiableList(predictions);
  }

  private GateWeights weigh(PluginRuns runs, int row) {
    GateWeights weights = fixed.orElseGet(() -> gate.weigh(new GateQuery(runs, row)));
    if (weights.size() != plugins.size()) {
      throw new IllegalStateException(
          "expected " + plugins.size() + " weights of the gate, found " + weights.size());
    }
    return weights;
  }

  private MixedPrediction mix(PluginRuns runs, GateWeights weights, int row) {
    double[][] opinions = new double[plugins.size()][];
    double[] mixed = new double[0];
    for (int j = 0; j < opinions.length; j++) {
      if (weights.at(j) > 0) {
        Outputs outputs = runs.outputs(j);
        opinions[j] = outputs.probabilities(row);
        mixed = mixed.length == 0 ? new double[outputs.classes()] : mixed;
        for (int c = 0; c < mixed.length; c++) {
          mixed[c] += weights.at(j) * opinions[j][c];
        }
      }
    }
    return explain(weights, opinions, mixed);
  }

  private MixedPrediction explain(GateWeights weights, double[][] opinions, double[] mixed) {
    int predicted = MixedPrediction.highest(mixed);
    SortedMap<PluginId, Double> listened = new TreeMap<>();
    SortedMap<PluginId, Double> shares = new TreeMap<>();
    int j = 0;
    for (PluginModule plugin : plugins.plugins()) {
      double weight = weights.at(j);
      listened.put(plugin.id(), weight);
      shares.put(
          plugin.id(), weight > 0 ? weight * opinions[j][predicted] / mixed[predicted] : 0.0);
      j++;
    }
    return new MixedPrediction(
        mixed,
        Collections.unmodifiableSortedMap(listened),
        Collections.unmodifiableSortedMap(shares));
  }

  private static Digest digestOf(
      PluginSet plugins, GateDescription gate, Optional<LabelSpace> labels) {
    Digest.Builder builder = Digest.builder().add("medforge-mixture-v1").add(plugins.size());
    plugins.plugins().forEach(plugin -> builder.add(plugin.digest()));
    builder.add(labels.isPresent() ? 1 : 0);
    labels.ifPresent(space -> builder.add(space.name()).add(space.size()));
    labels.ifPresent(space -> space.classes().forEach(builder::add));
    if (gate.fixed().isPresent()) {
      builder.add("fixed");
      for (double weight : gate.fixed().get().toArray()) {
        builder.add(weight);
      }
    } else {
      builder.add("gate " + gate.name()).add(gate.parameters().size());
      gate.parameters().forEach((name, value) -> builder.add(name).add(value));
    }
    return builder.build();
  }

  @Override
  public String toString() {
    return "mixture of " + plugins.size() + " plugins, " + digest;
  }
}
