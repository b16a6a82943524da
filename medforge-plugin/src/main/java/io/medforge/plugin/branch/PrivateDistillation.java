package io.medforge.plugin.branch;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.privacy.SampledGaussian;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.Network;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes a small synthetic labelled set with differential privacy. Immutable, thread-safe as far as
 * its {@link NoiseSource} is.
 *
 * <p>Patients are looked at once. Each patient's features, under the base and under a few networks
 * with random weights, are scaled to length 1 together. Two Gaussian queries release, for every
 * class, the sum of its patients' features and their number, with noise of deviation z each; their
 * quotients are noisy class means. Synthetic rows, which start from noise, are then optimised until
 * their mean features are those: that touches no patient, so any number of steps costs nothing
 * more.
 *
 * <p>One patient more or less changes one class's sum by a vector of at most length 1 and one count
 * by 1: sensitivity 1 each, and the classes compose in parallel. So {@link Released#spent} are two
 * queries of all patients with noise multiplier z. The guarantee holds for adding or removing a
 * patient who is one row. The shape of the inputs and the label space are public.
 */
public final class PrivateDistillation {
  private final Network network;
  private final LabelSpace labels;
  private final long seed;
  private final double noiseMultiplier;
  private final NoiseSource noise;
  private final int[] perClass;
  private final int steps;
  private final int randomNetworks;
  private final double learningRate;
  private final double minimumRows;
  private final DistillationListener listener;

  private PrivateDistillation(Builder builder) {
    this.network = builder.network;
    this.labels = builder.labels;
    this.seed = builder.seed;
    this.noiseMultiplier = builder.noiseMultiplier;
    this.noise = builder.noise == null ? NoiseSource.secure() : builder.noise;
    this.perClass = builder.counts();
    this.steps = builder.steps == null ? 500 : builder.steps;
    this.randomNetworks = builder.randomNetworks == null ? 2 : builder.randomNetworks;
    this.listener = builder.listener == null ? progress -> {} : builder.listener;
    this.learningRate = builder.learningRate == null ? 0.02 : builder.learningRate;
    this.minimumRows = builder.minimumRows == null ? 5 : builder.minimumRows;
  }

  /**
   * Starts a distillation; whatever is not set has the default stated at its method.
   *
   * @param network the base model; its architecture marks the features
   * @param labels what the classes mean
   * @param noiseMultiplier z: the deviation of the noise in both queries, above 0
   * @param seed of the synthetic rows' start and the random networks, nothing that protects
   * @return a builder, not thread-safe
   * @throws IllegalArgumentException if the label space has no classes, or z lies outside its range
   */
  public static Builder of(Network network, LabelSpace labels, double noiseMultiplier, long seed) {
    return new Builder(network, labels, noiseMultiplier, seed);
  }

  /**
   * A set and its price.
   *
   * @param set the synthetic set, class by class
   * @param spent the queries that patients were asked
   */
  public record Released(DistilledSet set, List<SampledGaussian> spent) {
    /**
     * Copies the list.
     *
     * @param set the synthetic set, class by class
     * @param spent the queries that patients were asked
     */
    public Released {
      spent = List.copyOf(spent);
    }
  }

  /**
   * Distils. Every call asks the patients anew and spends anew, a refused one included.
   *
   * @param inputs {@code [n, ...]}, finite, centred and scaled by public numbers (the synthetic
   *     rows start with deviation 1)
   * @param classes each row's class, an index into the label space's classes
   * @return the set and what was spent
   * @throws IllegalArgumentException if rows and classes do not fit each other, the label space or
   *     the network, an input is not finite, the architecture marks no features, or a class's noisy
   *     number of rows is too small; the message names row or class and never carries a value
   * @throws IllegalStateException if the loss diverges, or the engine may not start (see {@link
   *     io.medforge.runtime.djl.DjlEngine})
   */
  public Released distil(ModelInput inputs, int... classes) {
    LabelledRows rows = new LabelledRows(inputs, classes, labels);
    FeatureSpaces spaces = new FeatureSpaces(network, seed);
    NoisyMeans means =
        NoisyMeans.ask(
            new UnitFeatures(spaces, randomNetworks),
            rows,
            labels,
            noiseMultiplier,
            minimumRows,
            new PrivateNoise(noise));
    SyntheticRows synthetic = new SyntheticRows(labels, perClass, rows.shape(1), seed);
    means.match(synthetic, steps, learningRate, listener);
    return new Released(
        synthetic.finish(),
        List.of(SampledGaussian.once(noiseMultiplier), SampledGaussian.once(noiseMultiplier)));
  }

  /** Collects how to distil; each option may be set once. Not thread-safe. */
  public static final class Builder {
    private final Network network;
    private final LabelSpace labels;
    private final double noiseMultiplier;
    private final long seed;
    private final SortedMap<String, Integer> ownPerClass = new TreeMap<>();
    private @Nullable NoiseSource noise;
    private @Nullable Integer perClass;
    private @Nullable Integer steps;
    private @Nullable Integer randomNetworks;
    private @Nullable Double learningRate;
    private @Nullable Double minimumRows;
    private @Nullable DistillationListener listener;

    private Builder(Network network, LabelSpace labels, double noiseMultiplier, long seed) {
      if (labels.size() == 0) {
        throw new IllegalArgumentException(
            "expected a label space with classes, found none, at " + labels.name());
      }
      this.network = network;
      this.labels = labels;
      this.noiseMultiplier = Settings.positive("noiseMultiplier", noiseMultiplier);
      this.seed = seed;
    }

    /**
     * Where the noise comes from; {@link NoiseSource#secure} by default.
     *
     * @param source the source
     * @return this
     * @throws IllegalStateException if it is set already
     */
    public Builder noise(NoiseSource source) {
      Settings.checkOnce("noise", noise);
      noise = source;
      return this;
    }

    /**
     * Synthetic rows of every class that has no own number; 10 by default.
     *
     * @param rows at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder perClass(int rows) {
      Settings.checkOnce("perClass", perClass);
      perClass = Settings.atLeastOne("perClass", rows);
      return this;
    }

    /**
     * One class's own number of synthetic rows.
     *
     * @param label the class
     * @param rows at least 1
     * @return this
     * @throws IllegalArgumentException if it is less, or the label space has no such class
     * @throws IllegalStateException if it is set already
     */
    public Builder perClass(String label, int rows) {
      Settings.checkOnce("perClass of " + label, ownPerClass.get(label));
      Settings.checkClass(label, labels);
      ownPerClass.put(label, Settings.atLeastOne("perClass of " + label, rows));
      return this;
    }

    /**
     * Steps of optimisation; 500 by default. They cost no privacy.
     *
     * @param count at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder steps(int count) {
      Settings.checkOnce("steps", steps);
      steps = Settings.atLeastOne("steps", count);
      return this;
    }

    /**
     * Networks with random weights beside the base; 2 by default. They cost no privacy but share
     * the length 1 with the base, so each is heard less against the noise.
     *
     * @param count at least 0
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder randomNetworks(int count) {
      Settings.checkOnce("randomNetworks", randomNetworks);
      if (count < 0) {
        throw new IllegalArgumentException("expected randomNetworks of at least 0, found " + count);
      }
      randomNetworks = count;
      return this;
    }

    /**
     * The step size of AdamW on the synthetic rows; 0.02 by default.
     *
     * @param rate above 0, finite
     * @return this
     * @throws IllegalArgumentException if it lies outside its range
     * @throws IllegalStateException if it is set already
     */
    public Builder learningRate(double rate) {
      Settings.checkOnce("learningRate", learningRate);
      learningRate = Settings.positive("learningRate", rate);
      return this;
    }

    /**
     * The least noisy number of rows of each class; 5 by default. Fewer are refused: their mean
     * would be noise.
     *
     * @param rows above 0, finite
     * @return this
     * @throws IllegalArgumentException if it lies outside its range
     * @throws IllegalStateException if it is set already
     */
    public Builder minimumRows(double rows) {
      Settings.checkOnce("minimumRows", minimumRows);
      minimumRows = Settings.positive("minimumRows", rows);
      return this;
    }

    /**
     * Hears of progress; nobody by default.
     *
     * @param hearer told after each step
     * @return this
     * @throws IllegalStateException if it is set already
     */
    public Builder listener(DistillationListener hearer) {
      Settings.checkOnce("listener", listener);
      listener = hearer;
      return this;
    }

    /**
     * Ends the description.
     *
     * @return the distillation
     */
    public PrivateDistillation build() {
      return new PrivateDistillation(this);
    }

    private int[] counts() {
      int common = perClass == null ? 10 : perClass;
      return labels.classes().stream()
          .mapToInt(label -> ownPerClass.getOrDefault(label, common))
          .toArray();
    }
  }
}
