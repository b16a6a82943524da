package io.medforge.plugin.branch;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.HostArray;
import io.medforge.runtime.djl.Network;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Trains a LoRA on a frozen base: a plugin module of a centre's own. Hu et al., LoRA, ICLR 2022.
 * Immutable, thread-safe.
 *
 * <p>A starts from N(0, 1/k), B from zero, so training begins at the base. Mean cross-entropy. The
 * base's parameters are never written.
 */
public final class LoraTraining {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  private final Network network;
  private final PluginId plugin;
  private final LabelSpace labels;
  private final TrainingOptions options;
  private final SortedMap<String, Integer> ranks;
  private final double alpha;
  private final boolean rankStabilized;
  private final double dropout;
  private final SortedSet<String> heads;

  private LoraTraining(Builder builder) {
    this.network = builder.network;
    this.plugin = builder.plugin;
    this.labels = builder.labels;
    this.options = builder.options;
    this.heads = Collections.unmodifiableSortedSet(builder.headParameters());
    this.ranks = Collections.unmodifiableSortedMap(builder.ranksByLayer(heads));
    this.alpha = builder.alpha == null ? builder.commonRank() : builder.alpha;
    this.rankStabilized = builder.rankStabilized;
    this.dropout = builder.dropout == null ? 0 : builder.dropout;
  }

  /**
   * Starts a training; whatever is not set has the default stated at its method.
   *
   * @param network the frozen base
   * @param plugin who the module will be
   * @param labels what the logits mean
   * @param options how to train
   * @return a builder, not thread-safe
   */
  public static Builder of(
      Network network, PluginId plugin, LabelSpace labels, TrainingOptions options) {
    return new Builder(network, plugin, labels, options);
  }

  /**
   * Trains.
   *
   * @param inputs {@code [n, ...]}, finite
   * @param classes each row's class, an index into the label space's classes
   * @return the module: a low-rank update per target, a replacement per parameter of a head; the
   *     same digest in every run
   * @throws IllegalArgumentException if rows and classes do not fit each other, the label space or
   *     the network, an input is not finite, or the architecture never uses a target; the message
   *     names the row or layer
   * @throws IllegalStateException if the loss diverges, or the engine may not start (see {@link
   *     io.medforge.runtime.djl.DjlEngine})
   */
  public PluginModule train(ModelInput inputs, int... classes) {
    return train(TrainingData.of(inputs, classes), TrainingControl.none()).value();
  }

  /**
   * Trains, with a validation part, under control, and says how it went.
   *
   * @param data the rows, each of one shape, finite
   * @param control who is told, who may cancel, where it may be resumed
   * @return the module and the report; the module has the same digest in every run
   * @throws IllegalArgumentException if rows and classes do not fit each other, the label space or
   *     the network, there are fewer rows than classes or rows of one class only, an input is not
   *     finite, a patience lacks a validation part or that part is empty, the architecture never
   *     uses a target or takes one in full that is dropped out, or the checkpoint is of another
   *     base, other settings or other data; the message names it
   * @throws java.util.concurrent.CancellationException if it was cancelled
   * @throws IllegalStateException if the loss diverges, or the engine may not start (see {@link
   *     io.medforge.runtime.djl.DjlEngine})
   */
  public Trained<PluginModule> train(TrainingData data, TrainingControl control) {
    Trainables parameters = initialParameters();
    TrainingReport report =
        new SupervisedTraining(
                network, parameters, labels, options, new Dropout(dropout, options.seed()))
            .run(data, control, settings());
    return new Trained<>(module(parameters, provenance()), report);
  }

  Network network() {
    return network;
  }

  LabelSpace labels() {
    return labels;
  }

  TrainingOptions options() {
    return options;
  }

  double dropout() {
    return dropout;
  }

  private String settings() {
    return "LoRA; label space "
        + labels
        + "; ranks "
        + ranks
        + "; alpha "
        + alpha
        + (rankStabilized ? ", rank-stabilized" : "")
        + "; dropout "
        + dropout
        + "; heads "
        + heads;
  }

  PluginModule module(Trainables parameters, Provenance provenance) {
    SortedMap<String, Update> updates = new TreeMap<>();
    parameters
        .factors()
        .forEach(
            (layer, f) ->
                updates.put(
                    layer, new LowRankUpdate(f.a().toTensor(), f.b().toTensor(), f.scaling())));
    parameters
        .whole()
        .forEach((name, array) -> updates.put(name, new Replacement(array.toTensor(), labels)));
    return PluginModule.of(plugin, network.base(), updates, provenance);
  }

  Trainables initialParameters() {
    SortedMap<String, HostArray> frozen = new TreeMap<>();
    SortedMap<String, HostArray> whole = new TreeMap<>();
    SortedMap<String, Trainables.Factors> factors = new TreeMap<>();
    network
        .parameters()
        .forEach(
            (name, tensor) -> {
              if (heads.contains(name)) {
                whole.put(name, initialHead(name, tensor));
              } else {
                frozen.put(name, HostArray.of(tensor));
              }
            });
    ranks.forEach((layer, rank) -> factors.put(layer, initialFactors(layer, rank)));
    return new Trainables(frozen, whole, factors);
  }

  private Trainables.Factors initialFactors(String layer, int rank) {
    Shape weight = matrix(network, layer);
    HostArray a = HostArray.zeros(Shape.of(rank, weight.dimension(1)));
    SeededRandom.of(options.seed(), "lora " + layer, 0)
        .fillGaussian(a, 1 / StrictMath.sqrt((double) weight.dimension(1)));
    HostArray b = HostArray.zeros(Shape.of(weight.dimension(0), rank));
    double scaling = rankStabilized ? alpha / StrictMath.sqrt((double) rank) : alpha / rank;
    return new Trainables.Factors(a, b, scaling);
  }

  /** The base's values where it has as many outputs as there are classes, else new ones. */
  private HostArray initialHead(String name, Tensor base) {
    if (base.shape().dimension(0) == labels.size()) {
      return HostArray.of(base);
    }
    long[] dimensions = base.shape().toArray();
    dimensions[0] = labels.size();
    Shape shape = Shape.of(dimensions);
    return dimensions.length == 1
        ? HostArray.zeros(shape)
        : InitialParameters.weight(name, shape, options.seed());
  }

  Provenance provenance() {
    Provenance facts =
        Provenance.unknown()
            .with("trained-with", "LoRA, cross-entropy; PyTorch through DJL")
            .with("label-space", labels.name())
            .with("rank", ranks.toString())
            .with("alpha", Double.toString(alpha))
            .with("rank-stabilized", Boolean.toString(rankStabilized))
            .with("dropout", Double.toString(dropout))
            .with("heads", heads.toString())
            .with("optimizer", options.optimizer().toString())
            .with("schedule", options.schedule().toString())
            .with("class-weights", options.classWeights().toString())
            .with("epochs", Integer.toString(options.epochs()))
            .with("batch-size", Integer.toString(options.batchSize()))
            .with("learning-rate", Double.toString(options.learningRate()))
            .with("weight-decay", Double.toString(options.weightDecay()))
            .with("seed", Long.toString(options.seed()));
    if (options.patience() > 0) {
      facts = facts.with("patience", Integer.toString(options.patience()));
    }
    return options.clipNorm().isPresent()
        ? facts.with("clip-norm", Double.toString(options.clipNorm().getAsDouble()))
        : facts;
  }

  private static Shape matrix(Network network, String layer) {
    Tensor weight = network.parameters().get(layer);
    if (weight == null || weight.shape().dimensions() != 2) {
      throw new IllegalArgumentException(
          "expected a weight [d, k] of base "
              + network.base()
              + ", found "
              + (weight == null ? "no such parameter" : weight.shape())
              + ", at layer "
              + layer);
    }
    return weight.shape();
  }

  /** Collects what to train; each option may be set once. Not thread-safe. */
  public static final class Builder {
    private static final int DEFAULT_RANK = 8;

    private final Network network;
    private final PluginId plugin;
    private final LabelSpace labels;
    private final TrainingOptions options;
    private final SortedMap<String, Integer> ownRanks = new TreeMap<>();
    private @Nullable Integer rank;
    private @Nullable Double alpha;
    private @Nullable Double dropout;
    private boolean rankStabilized;
    private @Nullable SortedSet<String> targets;
    private @Nullable SortedSet<String> heads;

    private Builder(Network network, PluginId plugin, LabelSpace labels, TrainingOptions options) {
      this.network = network;
      this.plugin = plugin;
      this.labels = labels;
      this.options = options;
    }

    /**
     * The rank of every target that has no own one; 8 by default.
     *
     * @param r at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder rank(int r) {
      Settings.checkOnce("rank", rank);
      rank = Settings.atLeastOne("rank", r);
      return this;
    }

    /**
     * One target's own rank.
     *
     * @param layer the parameter, such as {@code fc1.weight}
     * @param r at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder rank(String layer, int r) {
      Settings.checkOnce("rank of " + layer, ownRanks.get(layer));
      ownRanks.put(layer, Settings.atLeastOne("rank of " + layer, r));
      return this;
    }

    /**
     * LoRA's alpha: updates are scaled by alpha / r; the common rank by default.
     *
     * @param value above 0, finite
     * @return this
     * @throws IllegalArgumentException if it lies outside its range
     * @throws IllegalStateException if it is set already
     */
    public Builder alpha(double value) {
      Settings.checkOnce("alpha", alpha);
      alpha = Settings.positive("alpha", value);
      return this;
    }

    /**
     * Scales updates by alpha / sqrt(r) instead of alpha / r. Kalajdzievski, A Rank Stabilization
     * Scaling Factor for Fine-Tuning with LoRA, 2023.
     *
     * @return this
     * @throws IllegalStateException if it is set already
     */
    public Builder rankStabilized() {
      Settings.checkOnce("rankStabilized", rankStabilized ? true : null);
      rankStabilized = true;
      return this;
    }

    /**
     * The probability with which the low-rank paths miss an input in training, as in PEFT; 0 by
     * default. The masks come from the seed.
     *
     * @param probability at least 0, below 1
     * @return this
     * @throws IllegalArgumentException if it lies outside its range
     * @throws IllegalStateException if it is set already
     */
    public Builder dropout(double probability) {
      Settings.checkOnce("dropout", dropout);
      if (!(probability >= 0) || probability >= 1) {
        throw new IllegalArgumentException(
            "expected dropout of at least 0 and below 1, found " + probability);
      }
      dropout = probability;
      return this;
    }

    /**
     * The weights to adapt; by default every parameter {@code [d, k]} named {@code *.weight} that
     * belongs to no head.
     *
     * @param layers parameters, such as {@code fc1.weight}
     * @return this
     * @throws IllegalStateException if they are set already
     */
    public Builder targets(String... layers) {
      Settings.checkOnce("targets", targets);
      targets = new TreeSet<>(Arrays.asList(layers));
      return this;
    }

    /**
     * The layers to train whole, weight and bias, as heads of the label space; none by default. A
     * head with as many outputs as classes starts from the base's values, another from new ones.
     *
     * @param layers layers, such as {@code fc3}
     * @return this
     * @throws IllegalStateException if they are set already
     */
    public Builder heads(String... layers) {
      Settings.checkOnce("heads", heads);
      heads = new TreeSet<>(Arrays.asList(layers));
      return this;
    }

    /**
     * Ends the training's description.
     *
     * @return the training
     * @throws IllegalArgumentException if the base lacks a target or head, a target is no matrix or
     *     belongs to a head, a rank is given for no target, or nothing is left to train; the
     *     message names it
     */
    public LoraTraining build() {
      return new LoraTraining(this);
    }

    private int commonRank() {
      return rank == null ? DEFAULT_RANK : rank;
    }

    private SortedSet<String> headParameters() {
      SortedSet<String> parameters = new TreeSet<>();
      for (String head : heads == null ? Collections.<String>emptySortedSet() : heads) {
        matrix(network, head + WEIGHT);
        parameters.add(head + WEIGHT);
        if (network.parameters().containsKey(head + BIAS)) {
          parameters.add(head + BIAS);
        }
      }
      return parameters;
    }

    private SortedMap<String, Integer> ranksByLayer(SortedSet<String> headParameters) {
      SortedSet<String> layers = targets == null ? matrices(headParameters) : targets;
      SortedMap<String, Integer> ranks = new TreeMap<>();
      for (String layer : layers) {
        matrix(network, layer);
        if (headParameters.contains(layer)) {
          throw new IllegalArgumentException(
              "expected a layer to be a target or part of a head, found both, at layer " + layer);
        }
        ranks.put(layer, ownRanks.getOrDefault(layer, commonRank()));
      }
      if (!ranks.keySet().containsAll(ownRanks.keySet())) {
        throw new IllegalArgumentException(
            "expected ranks of targets " + ranks.keySet() + ", found " + ownRanks.keySet());
      }
      if (ranks.isEmpty() && headParameters.isEmpty()) {
        throw new IllegalArgumentException("expected at least one target or head, found none");
      }
      return ranks;
    }

    private SortedSet<String> matrices(SortedSet<String> headParameters) {
      SortedSet<String> matrices = new TreeSet<>();
      network
          .parameters()
          .forEach(
              (name, tensor) -> {
                if (name.endsWith(WEIGHT)
                    && tensor.shape().dimensions() == 2
                    && !headParameters.contains(name)) {
                  matrices.add(name);
                }
              });
      return matrices;
    }
  }
}
