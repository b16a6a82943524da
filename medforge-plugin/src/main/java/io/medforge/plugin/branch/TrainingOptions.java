package io.medforge.plugin.branch;

import org.jspecify.annotations.Nullable;

/** How a training goes about it: passes, batches, steps, seed. Immutable. */
public final class TrainingOptions {
  private final long seed;
  private final int epochs;
  private final int batchSize;
  private final double learningRate;
  private final double weightDecay;

  private TrainingOptions(Builder builder) {
    this.seed = builder.seed;
    this.epochs = builder.epochs == null ? 50 : builder.epochs;
    this.batchSize = builder.batchSize == null ? 32 : builder.batchSize;
    this.learningRate = builder.learningRate == null ? 1e-3 : builder.learningRate;
    this.weightDecay = builder.weightDecay == null ? 1e-2 : builder.weightDecay;
  }

  /**
   * Starts options; whatever is not set has the default stated at its method.
   *
   * @param seed of everything random: initial values and the order of rows
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
   * The step size of AdamW.
   *
   * @return above 0
   */
  public double learningRate() {
    return learningRate;
  }

  /**
   * The decoupled weight decay of AdamW.
   *
   * @return at least 0
   */
  public double weightDecay() {
    return weightDecay;
  }

  /** Collects options; each may be set once. Not thread-safe. */
  public static final class Builder {
    private final long seed;
    private @Nullable Integer epochs;
    private @Nullable Integer batchSize;
    private @Nullable Double learningRate;
    private @Nullable Double weightDecay;

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
     * The step size of AdamW; 0.001 by default.
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
     * The decoupled weight decay of AdamW; 0.01 by default.
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
     * Ends the options.
     *
     * @return the options
     */
    public TrainingOptions build() {
      return new TrainingOptions(this);
    }
  }
}
