package io.medforge.plugin.branch;

/**
 * How the learning rate changes over a training: a factor per step, as in transformers' schedules.
 * Immutable.
 */
public final class Schedule {
  private enum Decay {
    CONSTANT,
    LINEAR,
    COSINE
  }

  private final Decay decay;
  private final long warmUp;

  private Schedule(Decay decay, long warmUp) {
    this.decay = decay;
    this.warmUp = warmUp;
  }

  /**
   * The same rate in all steps.
   *
   * @return the schedule
   */
  public static Schedule constant() {
    return new Schedule(Decay.CONSTANT, 0);
  }

  /**
   * A rate that falls to zero in a line.
   *
   * @return the schedule
   */
  public static Schedule linear() {
    return new Schedule(Decay.LINEAR, 0);
  }

  /**
   * A rate that falls to zero as half a cosine. Loshchilov and Hutter, SGDR, ICLR 2017, without
   * restarts.
   *
   * @return the schedule
   */
  public static Schedule cosine() {
    return new Schedule(Decay.COSINE, 0);
  }

  /**
   * This schedule after a rise from zero in a line.
   *
   * @param steps the steps of the rise, at least 0; the first has rate 0 if there is one
   * @return the schedule
   * @throws IllegalArgumentException if it is less
   */
  public Schedule warmUp(long steps) {
    if (steps < 0) {
      throw new IllegalArgumentException("expected a warm-up of at least 0 steps, found " + steps);
    }
    return new Schedule(decay, steps);
  }

  /**
   * What the learning rate is multiplied by.
   *
   * @param step 0 to steps - 1
   * @param steps of the whole training
   * @return 0 to 1; the same on every machine
   */
  public double factor(long step, long steps) {
    if (step < warmUp) {
      return (double) step / warmUp;
    }
    double progress = (double) (step - warmUp) / Math.max(1, steps - warmUp);
    return switch (decay) {
      case CONSTANT -> 1;
      case LINEAR -> Math.max(0, 1 - progress);
      case COSINE -> Math.max(0, 0.5 * (1 + StrictMath.cos(StrictMath.PI * progress)));
    };
  }

  /** The schedule's name and warm-up. */
  @Override
  public String toString() {
    String name =
        switch (decay) {
          case CONSTANT -> "constant";
          case LINEAR -> "linear";
          case COSINE -> "cosine";
        };
    return warmUp == 0 ? name : name + ", warm-up " + warmUp;
  }
}
