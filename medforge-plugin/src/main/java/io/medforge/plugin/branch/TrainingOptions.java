package io.medforge.plugin.branch;

import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * How a training goes about it: passes, batches, steps, when to stop, seed. Immutable.
 *
 * <p>With a {@linkplain Builder#patience patience} a training ends early: when the loss on a
 * validation part, which the caller gives or {@link Builder#validationShare} splits off, has not
 * fallen for that many epochs. The values of the best epoch are then the result.
 */
public final class TrainingOptions {
  private final long seed;
  private final int epochs;
  private final int batchSize;
  private final double learningRate;
  private final double weightDecay;
  private final Optimizer optimizer;
  private final Schedule schedule;
  private final OptionalDouble clipNorm;
  private final ClassWeights classWeights;
  private final double validationShare;
  private final int patience;

  private TrainingOptions(Builder builder) {
    this.seed = builder.seed;
    this.epochs = builder.epochs == null ? 50 : builder.epochs;
    this.batchSize = builder.batchSize == null ? 32 : builder.batchSize;
    this.learningRate = builder.learningRate == null ? 1e-3 : builder.learningRate;
    this.weightDecay = builder.weightDecay == null ? 1e-2 : builder.weightDecay;
    this.optimizer = builder.optimizer == null ? Optimizer.adamW() : builder.optimizer;
    this.schedule = builder.schedule == null ? Schedule.constant() : builder.schedule;
    this.clipNorm =
        builder.clipNorm == null ? OptionalDouble.empty() : OptionalDouble.of(builder.clipNorm);
    this.classWeights = builder.classWeights == null ? ClassWeights.equal() : builder.classWeights;
    this.validationShare = builder.validationShare == null ? 0 : builder.validationShare;
    this.patience = builder.patience == null ? 0 : builder.patience;
  }

  /**
   * Starts options; whatever is not set has the default stated at its method.
   *
   * @param seed of everything random: initial values, the order of rows, dropout, the validation
   *     part
   * @return a builder, not thread-safe
   */
  public static Builder seeded(long seed) {
    return new Builder(seed);
  }

  /**
   * The seed.
   *
   * @return of everything random
   */
  public long seed() {
    return seed;
  }

  /**
   * Passes over the data.
   *
   * @return at least 1
   */
  public int epochs() {
    return epochs;
  }

  /**
   * Rows per step; the last step of an epoch takes what is left.
   *
   * @return at least 1
   */
  public int batchSize() {
    return batchSize;
  }

  /**
   * The step size, before the schedule.
   *
   * @return above 0
   */
  public double learningRate() {
    return learningRate;
  }

  /**
   * The weight decay: decoupled in AdamW, part of the gradient in SGD.
   *
   * @return at least 0
   */
  public double weightDecay() {
    return weightDecay;
  }

  /**
   * How gradients become steps.
   *
   * @return the optimizer
   */
  public Optimizer optimizer() {
    return optimizer;
  }

  /**
   * How the learning rate changes.
   *
   * @return the schedule
   */
  public Schedule schedule() {
    return schedule;
  }

  /**
   * The largest norm of a step's gradient, over all parameters together.
   *
   * @return above 0, or empty if gradients are not clipped
   */
  public OptionalDouble clipNorm() {
    return clipNorm;
  }

  /**
   * How much a row of each class counts.
   *
   * @return the weights
   */
  public ClassWeights classWeights() {
    return classWeights;
  }

  /**
   * The share of each class's rows that is kept apart for validation.
   *
   * @return 0 if none is split off, else below 1
   */
  public double validationShare() {
    return validationShare;
  }

  /**
   * The epochs without a better validation loss after which a training ends.
   *
   * @return 0 if it never ends early
   */
  public int patience() {
    return patience;
  }

  /** Everything that the result depends on, in one line. */
  @Override
  public String toString() {
    return "seed "
        + seed
        + "; epochs "
        + epochs
        + "; batch size "
        + batchSize
        + "; learning rate "
        + learningRate
        + "; weight decay "
        + weightDecay
        + "; optimizer "
        + optimizer
        + "; schedule "
        + schedule
        + "; clip norm "
        + (clipNorm.isPresent() ? clipNorm.getAsDouble() : "none")
        + "; class weights "
        + classWeights
        + "; validation share "
        + validationShare
        + "; patience "
        + patience;
  }

  /** Collects options; each may be set once. Not thread-safe. */
  public static final class Builder {
    private final long seed;
    private @Nullable Integer epochs;
    private @Nullable Integer batchSize;
    private @Nullable Double learningRate;
    private @Nullable Double weightDecay;
    private @Nullable Optimizer optimizer;
    private @Nullable Schedule schedule;
    private @Nullable Double clipNorm;
    private @Nullable ClassWeights classWeights;
    private @Nullable Double validationShare;
    private @Nullable Integer patience;

    private Builder(long seed) {
      this.seed = seed;
    }

    /**
     * Passes over the data; 50 by default.
     *
     * @param count at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder epochs(int count) {
      Settings.checkOnce("epochs", epochs);
      epochs = Settings.atLeastOne("epochs", count);
      return this;
    }

    /**
     * Rows per step; 32 by default.
     *
     * @param rows at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder batchSize(int rows) {
      Settings.checkOnce("batchSize", batchSize);
      batchSize = Settings.atLeastOne("batchSize", rows);
      return this;
    }

    /**
     * The step size; 0.001 by default.
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
     * The weight decay; 0.01 by default. Decoupled in AdamW, part of the gradient in SGD.
     *
     * @param decay at least 0, finite
     * @return this
     * @throws IllegalArgumentException if it lies outside its range
     * @throws IllegalStateException if it is set already
     */
    public Builder weightDecay(double decay) {
      Settings.checkOnce("weightDecay", weightDecay);
      if (!(decay >= 0) || Double.isInfinite(decay)) {
        throw new IllegalArgumentException("expected weightDecay of at least 0, found " + decay);
      }
      weightDecay = decay;
      return this;
    }

    /**
     * How gradients become steps; AdamW by default.
     *
     * @param choice the optimizer
     * @return this
     * @throws IllegalStateException if it is set already
     */
    public Builder optimizer(Optimizer choice) {
      Settings.checkOnce("optimizer", optimizer);
      optimizer = choice;
      return this;
    }

    /**
     * How the learning rate changes; constant by default.
     *
     * @param choice the schedule
     * @return this
     * @throws IllegalStateException if it is set already
     */
    public Builder schedule(Schedule choice) {
      Settings.checkOnce("schedule", schedule);
      schedule = choice;
      return this;
    }

    /**
     * Scales a step's gradient down to this norm, over all parameters together, if it is longer;
     * not at all by default. Pascanu et al., On the difficulty of training RNNs, ICML 2013.
     *
     * @param norm above 0, finite
     * @return this
     * @throws IllegalArgumentException if it lies outside its range
     * @throws IllegalStateException if it is set already
     */
    public Builder clipNorm(double norm) {
      Settings.checkOnce("clipNorm", clipNorm);
      clipNorm = Settings.positive("clipNorm", norm);
      return this;
    }

    /**
     * How much a row of each class counts; alike by default.
     *
     * @param weights the weights
     * @return this
     * @throws IllegalStateException if they are set already
     */
    public Builder classWeights(ClassWeights weights) {
      Settings.checkOnce("classWeights", classWeights);
      classWeights = weights;
      return this;
    }

    /**
     * Keeps a share of each class's rows apart for validation, drawn by the seed; none by default.
     * Where validation rows are given, this must not be set.
     *
     * @param share above 0, below 1
     * @return this
     * @throws IllegalArgumentException if it lies outside its range
     * @throws IllegalStateException if it is set already
     */
    public Builder validationShare(double share) {
      Settings.checkOnce("validationShare", validationShare);
      if (!(share > 0) || share >= 1) {
        throw new IllegalArgumentException(
            "expected validationShare above 0 and below 1, found " + share);
      }
      validationShare = share;
      return this;
    }

    /**
     * Ends a training after some epochs without a better validation loss and takes the best epoch's
     * values; never by default. Needs a validation part.
     *
     * @param epochCount at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder patience(int epochCount) {
      Settings.checkOnce("patience", patience);
      patience = Settings.atLeastOne("patience", epochCount);
      return this;
    }

    /**
     * Ends the options.
     *
     * @return the options
     */
    public TrainingOptions build() {
      return new TrainingOptions(this);
    }
  }
}
