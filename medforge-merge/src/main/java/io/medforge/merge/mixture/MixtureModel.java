package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.TensorBundle;
import io.medforge.runtime.GateParameters;
import io.medforge.runtime.MixtureParameters;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Pool;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * Plugins and the gate that weighs them: a model that answers with probabilities and says who
 * spoke. It holds no base model; the runtime does, once for all plugins. Immutable and safe to
 * share between threads, if the gate is.
 */
public final class MixtureModel {
  private final PluginSet plugins;
  private final Gate gate;
  private final GateDescription description;
  private final Optional<LabelSpaces> labels;
  private final Pool pool;
  private final double[] temperatures;
  private final Mixing mixing;
  private final Digest digest;

  MixtureModel(
      PluginSet plugins,
      Gate gate,
      GateDescription description,
      Optional<LabelSpaces> labels,
      Pool pool) {
    this.plugins = plugins;
    this.gate = gate;
    this.description = description;
    this.labels = labels;
    this.pool = pool;
    this.temperatures =
        description
            .temperatures()
            .orElseGet(() -> Collections.nCopies(plugins.size(), 1.0))
            .stream()
            .mapToDouble(Double::doubleValue)
            .toArray();
    this.mixing = new Mixing(plugins, labels, pool);
    this.digest = digestOf();
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
   * How their answers are mixed.
   *
   * @return the pool
   */
  public Pool pool() {
    return pool;
  }

  /**
   * What the outputs mean, if there is one task.
   *
   * @return the label space, or empty if nobody has said or there are several
   */
  public Optional<LabelSpace> labels() {
    return labels.map(LabelSpaces::tasks).filter(all -> all.size() == 1).map(all -> all.get(0));
  }

  /**
   * What each plugin's outputs mean.
   *
   * @return the label spaces, or empty if nobody has said
   */
  public Optional<LabelSpaces> labelSpaces() {
    return labels;
  }

  /**
   * The identity of its content.
   *
   * @return SHA-256 over the plugins' digests, the label spaces, the pool, the temperatures and the
   *     gate's numbers; of a gate of the integrator's own, its fixed weights or else its name and
   *     parameters
   */
  public Digest digest() {
    return digest;
  }

  /**
   * The whole mixture as values, for an exporter.
   *
   * @return plugins, gate, pool, temperatures and label spaces
   * @throws IllegalStateException if the gate is not MedForge's own, so that its numbers are
   *     unknown
   */
  public MixtureParameters parameters() {
    List<Double> each = new ArrayList<>();
    for (double temperature : temperatures) {
      each.add(temperature);
    }
    return new MixtureParameters(
        plugins.plugins(),
        labels
            .map(
                spaces ->
                    plugins.plugins().stream()
                        .map(plugin -> OutputMemory.get(spaces.own(), plugin.id()))
                        .toList())
            .orElse(List.of()),
        labels.map(LabelSpaces::joins).orElse(List.of()),
        numbers(),
        pool,
        each);
  }

  private GateParameters numbers() {
    return description
        .numbers()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "expected a gate of MedForge's own, whose numbers are known, found gate "
                        + description.name()));
  }

  /**
   * The mixture as named tensors and text, to be saved: everything but the plugins' own parameters,
   * of which it keeps ids and digests.
   *
   * @return the bundle, version 1
   * @throws IllegalStateException if the gate is not MedForge's own, or uses features without a
   *     name
   */
  public TensorBundle toBundle() {
    return MixtureBundle.write(this, parameters(), description);
  }

  /**
   * A mixture that was saved, with its plugins.
   *
   * @param bundle as {@link #toBundle} made it
   * @param branches exactly its plugins
   * @return a mixture of the same digest, which answers the same
   * @throws io.medforge.plugin.MalformedPluginException if the bundle is no mixture of a known
   *     version, or lacks or contradicts something; the message names the tensor or text
   * @throws IncompatiblePluginsException if a plugin is not the mixture's, or is of another base
   */
  public static MixtureModel ofBundle(TensorBundle bundle, PluginSet branches) {
    return MixtureBundle.read(bundle, branches);
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
   * Answers a batch, on this thread, see {@link #predictAll(ModelRuntime, ModelInput, Executor)}.
   *
   * @param runtime the plugins' base model
   * @param batch the inputs
   * @return one answer per row, an unmodifiable list
   * @throws IllegalArgumentException if inputs have another shape than the model takes
   * @throws IncompatiblePluginsException if the runtime holds another base, or plugins answer with
   *     different numbers of classes
   */
  public List<MixedPrediction> predictAll(ModelRuntime runtime, ModelInput batch) {
    return predictAll(runtime, batch, Runnable::run);
  }

  /**
   * Answers a batch. A plugin whose answers the gate looks at runs once, over the whole batch;
   * every other plugin that has weight somewhere runs once, over the rows where it has; the rest
   * are not run. Each row's answer is that of the row alone, as far as the runtime's are.
   *
   * @param runtime the plugins' base model
   * @param batch the inputs
   * @param executor runs plugins side by side; this thread works too, so an executor that is busy
   *     or full delays nothing. The answers are the same whatever it does.
   * @return one answer per row, an unmodifiable list
   * @throws IllegalArgumentException if inputs have another shape than the model takes
   * @throws IncompatiblePluginsException if the runtime holds another base, or plugins answer with
   *     different numbers of classes
   */
  public List<MixedPrediction> predictAll(
      ModelRuntime runtime, ModelInput batch, Executor executor) {
    PluginRuns runs = new PluginRuns(plugins, labels, temperatures, runtime, batch, executor);
    GateWeights equal = GateWeights.uniform(plugins.size());
    List<GateWeights> weights = new ArrayList<>(batch.size());
    int[] tasks = new int[batch.size()];
    for (int row = 0; row < batch.size(); row++) {
      weights.add(weigh(new GateQuery(runs, row, equal)));
      tasks[row] = mixing.task(weights.get(row));
    }
    runs.runWhereNeeded((place, row) -> mixing.needs(weights.get(row), tasks[row], place));
    List<MixedPrediction> predictions = new ArrayList<>(batch.size());
    for (int row = 0; row < batch.size(); row++) {
      predictions.add(mixing.mix(runs, weights.get(row), tasks[row], row));
    }
    return Collections.unmodifiableList(predictions);
  }

  private GateWeights weigh(GateQuery query) {
    GateWeights weights = description.fixed().orElseGet(() -> gate.weigh(query));
    if (weights.size() != plugins.size()) {
      throw new IllegalStateException(
          "expected " + plugins.size() + " weights of the gate, found " + weights.size());
    }
    return weights;
  }

  /**
   * Answers one input and says why: what each plugin thinks of it, how far they disagree, and which
   * remembered examples it lies nearest to. Runs every plugin of the answer's task.
   *
   * @param memory of exactly these plugins
   * @param runtime their base model
   * @param oneExample {@code [1, ...]}
   * @param nearest how many remembered examples of each plugin's set to name, at least 0
   * @return the explanation, whose prediction is that of {@link #predict}
   * @throws IllegalArgumentException if there is another number of examples than one
   * @throws IncompatiblePluginsException if the memory is of other plugins, and as for {@link
   *     #predict}
   */
  public Explanation explain(
      OutputMemory memory, ModelRuntime runtime, ModelInput oneExample, int nearest) {
    MixedPrediction prediction = predict(runtime, oneExample);
    PluginRuns runs =
        new PluginRuns(plugins, labels, temperatures, runtime, oneExample, Runnable::run);
    return Explaining.of(plugins, labels, memory, runs, prediction, nearest);
  }

  private Digest digestOf() {
    Digest.Builder builder = Digest.builder().add("medforge-mixture-v2").add(plugins.size());
    plugins.plugins().forEach(plugin -> builder.add(plugin.digest()));
    builder.add(labels.isPresent() ? 1 : 0).add(pool.name());
    labels.ifPresent(
        spaces -> {
          for (PluginModule plugin : plugins.plugins()) {
            LabelSpaces.add(builder, OutputMemory.get(spaces.own(), plugin.id()));
          }
          spaces.addJoins(builder);
        });
    for (double temperature : temperatures) {
      builder.add(temperature);
    }
    if (description.numbers().isPresent()) {
      builder.add("numbers").add(description.numbers().get().digest());
    } else if (description.fixed().isPresent()) {
      builder.add("fixed");
      for (double weight : description.fixed().get().toArray()) {
        builder.add(weight);
      }
    } else {
      builder.add("gate " + description.name()).add(description.parameters().size());
      description.parameters().forEach((name, value) -> builder.add(name).add(value));
    }
    return builder.build();
  }

  @Override
  public String toString() {
    return "mixture of " + plugins.size() + " plugins, " + digest;
  }
}
