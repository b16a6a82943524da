package io.medforge.plugin.branch;

import io.medforge.plugin.LabelSpace;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.Network;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes a small synthetic labelled set that stands for a centre's task. Immutable, thread-safe.
 *
 * <p>No synthetic row starts from a patient's: all start from seeded Gaussian noise. What the set
 * takes from the patients is each class's mean, in several feature spaces; the mean of a single
 * patient would be that patient, so classes with few rows are refused ({@link
 * Builder#minimumRows}). This bounds nothing in the sense of differential privacy: what a set leaks
 * is for an audit to measure.
 */
public final class Distillation {
  private final Network network;
  private final LabelSpace labels;
  private final long seed;
  private final int[] perClass;
  private final int steps;
  private final int embeddings;
  private final double learningRate;
  private final int minimumRows;
  private final int patientsPerStep;
  private final ImageAugmentation augmentation;
  private final DistillationListener listener;

  private Distillation(Builder builder) {
    this.network = builder.network;
    this.labels = builder.labels;
    this.seed = builder.seed;
    this.perClass = builder.counts();
    this.augmentation =
        builder.augmentation == null ? ImageAugmentation.none() : builder.augmentation;
    this.steps = builder.steps == null ? 500 : builder.steps;
    this.embeddings = builder.embeddings == null ? 100 : builder.embeddings;
    this.learningRate = builder.learningRate == null ? 0.02 : builder.learningRate;
    this.minimumRows = builder.minimumRows == null ? 5 : builder.minimumRows;
    this.listener = builder.listener == null ? progress -> {} : builder.listener;
    this.patientsPerStep = builder.patientsPerStep == null ? 256 : builder.patientsPerStep;
  }

  /**
   * Distribution matching: the synthetic rows of each class are optimised until their mean features
   * are those of the class's patients, under the base model and under networks of its architecture
   * with random weights. Zhao and Bilen, Dataset Condensation with Distribution Matching, WACV
   * 2023.
   *
   * @param network the base model; its architecture marks the features
   * @param labels what the classes mean
   * @param seed of the noise and the random networks
   * @return a builder, not thread-safe
   */
  public static Builder byDistributionMatching(Network network, LabelSpace labels, long seed) {
    return new Builder(network, labels, seed);
  }

  /**
   * Distils.
   *
   * @param inputs {@code [n, ...]}, finite, centred and scaled (the noise has deviation 1)
   * @param classes each row's class, an index into the label space's classes
   * @return the synthetic set, class by class; the same bytes in every run
   * @throws IllegalArgumentException if rows and classes do not fit each other, the label space or
   *     the network, an input is not finite, a class has too few rows, or the architecture marks no
   *     features; the message names row or class and never carries a value
   * @throws IllegalStateException if the loss diverges, or the engine may not start (see {@link
   *     io.medforge.runtime.djl.DjlEngine})
   */
  public DistilledSet distil(ModelInput inputs, int... classes) {
    LabelledRows rows = new LabelledRows(inputs, classes, labels);
    int[] counts = rows.counts(labels);
    for (int label = 0; label < counts.length; label++) {
      if (counts[label] < minimumRows) {
        throw new IllegalArgumentException(
            "expected at least "
                + minimumRows
                + " rows of each class, found "
                + counts[label]
                + ", at class "
                + labels.classes().get(label));
      }
    }
    return new DistributionMatching(
            network, labels, rows, seed, perClass, augmentation, patientsPerStep)
        .distil(steps, embeddings, learningRate, listener);
  }

  /** Collects how to distil; each option may be set once. Not thread-safe. */
  public static final class Builder {
    private final Network network;
    private final LabelSpace labels;
    private final long seed;
    private final SortedMap<String, Integer> ownPerClass = new TreeMap<>();
    private @Nullable Integer perClass;
    private @Nullable ImageAugmentation augmentation;
    private @Nullable Integer steps;
    private @Nullable Integer embeddings;
    private @Nullable Double learningRate;
    private @Nullable Integer minimumRows;
    private @Nullable Integer patientsPerStep;
    private @Nullable DistillationListener listener;

    private Builder(Network network, LabelSpace labels, long seed) {
      if (labels.size() == 0) {
        throw new IllegalArgumentException(
            "expected a label space with classes, found none, at " + labels.name());
      }
      this.network = network;
      this.labels = labels;
      this.seed = seed;
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
     * How images are changed before they are compared; not at all by default.
     *
     * @param changes the augmentation
     * @return this
     * @throws IllegalStateException if it is set already
     */
    public Builder augmentation(ImageAugmentation changes) {
      Settings.checkOnce("augmentation", augmentation);
      augmentation = changes;
      return this;
    }

    /**
     * Steps of optimisation; 500 by default.
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
     * Networks with random weights, one after another in equal shares of the steps; 100 by default.
     * They show more of a class than the base's features alone.
     *
     * @param count at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder embeddings(int count) {
      Settings.checkOnce("embeddings", embeddings);
      embeddings = Settings.atLeastOne("embeddings", count);
      return this;
    }

    /**
     * The step size of Adam; 0.02 by default.
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
     * The least rows of a class that may be distilled; 5 by default. With one row its mean is the
     * patient.
     *
     * @param rows at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder minimumRows(int rows) {
      Settings.checkOnce("minimumRows", minimumRows);
      minimumRows = Settings.atLeastOne("minimumRows", rows);
      return this;
    }

    /**
     * The most patients of each class that a step looks at, drawn anew in each; 256 by default.
     * Fewer are faster and noisier.
     *
     * @param rows at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder patientsPerStep(int rows) {
      Settings.checkOnce("patientsPerStep", patientsPerStep);
      patientsPerStep = Settings.atLeastOne("patientsPerStep", rows);
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
    public Distillation build() {
      return new Distillation(this);
    }

    private int[] counts() {
      int common = perClass == null ? 10 : perClass;
      return labels.classes().stream()
          .mapToInt(label -> ownPerClass.getOrDefault(label, common))
          .toArray();
    }
  }
}
