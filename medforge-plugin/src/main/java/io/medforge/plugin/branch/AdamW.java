package io.medforge.plugin.branch;

import java.nio.FloatBuffer;

/**
 * Adam with decoupled weight decay, for one array. Kingma and Ba, Adam, ICLR 2015; Loshchilov and
 * Hutter, Decoupled Weight Decay Regularization, ICLR 2019. Not thread-safe.
 *
 * <p>Each element is computed in double and stored in float, so the result does not depend on the
 * engine.
 */
final class AdamW {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final double learningRate;
  private final double weightDecay;
  private final float[] firstMoment;
  private final float[] secondMoment;
  private double beta1Power = 1;
  private double beta2Power = 1;

  AdamW(int elements, double learningRate, double weightDecay) {
    this.learningRate = learningRate;
    this.weightDecay = weightDecay;
    this.firstMoment = new float[elements];
    this.secondMoment = new float[elements];
  }

  void step(FloatBuffer values, FloatBuffer gradient) {
    beta1Power *= BETA1;
    beta2Power *= BETA2;
    double decay = 1 - learningRate * weightDecay;
    for (int i = 0; i < firstMoment.length; i++) {
      double g = gradient.get(i);
      double m = BETA1 * firstMoment[i] + (1 - BETA1) * g;
      double v = BETA2 * secondMoment[i] + (1 - BETA2) * g * g;
      firstMoment[i] = (float) m;
      secondMoment[i] = (float) v;
      double step = m / (1 - beta1Power) / (Math.sqrt(v / (1 - beta2Power)) + EPSILON);
      values.put(i, (float) (decay * values.get(i) - learningRate * step));
    }
  }
}
