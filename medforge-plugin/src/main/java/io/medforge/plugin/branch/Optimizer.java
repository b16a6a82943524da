package io.medforge.plugin.branch;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * How gradients become steps. Immutable; each training keeps its own state.
 *
 * <p>Each element is computed in double and stored in float, so the result does not depend on the
 * engine.
 */
public final class Optimizer {
  private final String description;
  private final double momentum;
  private final boolean adaptive;

  private Optimizer(String description, double momentum, boolean adaptive) {
    this.description = description;
    this.momentum = momentum;
    this.adaptive = adaptive;
  }

  /**
   * Adam with decoupled weight decay: beta 0.9 and 0.999, epsilon 1e-8. Kingma and Ba, Adam, ICLR
   * 2015; Loshchilov and Hutter, Decoupled Weight Decay Regularization, ICLR 2019.
   *
   * @return the optimizer
   */
  public static Optimizer adamW() {
    return new Optimizer("AdamW", 0, true);
  }

  /**
   * Stochastic gradient descent with momentum, as PyTorch's: the gradient plus the decay times the
   * value enters the velocity v = momentum v + g, and the value falls by the rate times v.
   *
   * @param momentum at least 0, below 1; 0 for none
   * @return the optimizer
   * @throws IllegalArgumentException if it lies outside its range
   */
  public static Optimizer sgd(double momentum) {
    if (!(momentum >= 0) || momentum >= 1) {
      throw new IllegalArgumentException(
          "expected a momentum of at least 0 and below 1, found " + momentum);
    }
    return new Optimizer("SGD, momentum " + momentum, momentum, false);
  }

  /** The optimizer's name and settings. */
  @Override
  public String toString() {
    return description;
  }

  Rule start(int elements, double weightDecay) {
    return adaptive ? new Adam(elements, weightDecay) : new Sgd(elements, weightDecay, momentum);
  }

  /** The state for one array. Not thread-safe. */
  interface Rule {
    /** Changes the values by one step along the gradient times a scale. */
    void step(FloatBuffer values, FloatBuffer gradient, double scale, double rate);

    /** What it remembers of earlier steps, one number per element and array; written through. */
    List<float[]> memory();

    /** Goes on after some steps, their memory being in place. */
    void resume(long steps);
  }

  private static final class Adam implements Rule {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPSILON = 1e-8;

    private final double weightDecay;
    private final float[] firstMoment;
    private final float[] secondMoment;
    private double beta1Power = 1;
    private double beta2Power = 1;

    Adam(int elements, double weightDecay) {
      this.weightDecay = weightDecay;
      this.firstMoment = new float[elements];
      this.secondMoment = new float[elements];
    }

    @Override
    public void step(FloatBuffer values, FloatBuffer gradient, double scale, double rate) {
      resume(1);
      double decay = 1 - rate * weightDecay;
      for (int i = 0; i < firstMoment.length; i++) {
        double g = scale * gradient.get(i);
        double m = BETA1 * firstMoment[i] + (1 - BETA1) * g;
        double v = BETA2 * secondMoment[i] + (1 - BETA2) * g * g;
        firstMoment[i] = (float) m;
        secondMoment[i] = (float) v;
        double step = m / (1 - beta1Power) / (Math.sqrt(v / (1 - beta2Power)) + EPSILON);
        values.put(i, (float) (decay * values.get(i) - rate * step));
      }
    }

    @Override
    public List<float[]> memory() {
      return List.of(firstMoment, secondMoment);
    }

    @Override
    public void resume(long steps) {
      for (long step = 0; step < steps; step++) {
        beta1Power *= BETA1;
        beta2Power *= BETA2;
      }
    }
  }

  private static final class Sgd implements Rule {
    private final double weightDecay;
    private final double momentum;
    private final float[] velocity;

    Sgd(int elements, double weightDecay, double momentum) {
      this.weightDecay = weightDecay;
      this.momentum = momentum;
      this.velocity = new float[elements];
    }

    @Override
    public void step(FloatBuffer values, FloatBuffer gradient, double scale, double rate) {
      for (int i = 0; i < velocity.length; i++) {
        double value = values.get(i);
        double v = momentum * velocity[i] + scale * gradient.get(i) + weightDecay * value;
        velocity[i] = (float) v;
        values.put(i, (float) (value - rate * v));
      }
    }

    @Override
    public List<float[]> memory() {
      return List.of(velocity);
    }

    @Override
    public void resume(long steps) {
      // The velocity is all there is.
    }
  }
}
