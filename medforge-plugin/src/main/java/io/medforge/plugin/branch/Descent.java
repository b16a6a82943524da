package io.medforge.plugin.branch;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import io.medforge.runtime.djl.DjlEngine;
import io.medforge.runtime.djl.HostArray;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Gradient descent on arrays that Java holds: the engine computes a loss and its gradients, an
 * optimizer does the rest in Java. Nothing native outlives a step. Not thread-safe.
 */
final class Descent implements AutoCloseable {
  /** DJL allows one gradient collector per JVM. */
  private static final ReentrantLock COLLECTING = new ReentrantLock();

  /** A differentiable scalar, and the arrays that it is to be differentiated by. */
  @FunctionalInterface
  interface Loss {
    /** Computes the loss in a scope; adds one leaf for each array, in their order. */
    NDArray in(NDManager scope, List<NDArray> leaves);
  }

  private final NDManager manager = DjlEngine.newManager();
  private final List<HostArray> arrays;
  private final List<Optimizer.Rule> rules = new ArrayList<>();
  private final double learningRate;
  private final OptionalDouble clipNorm;

  /** By AdamW at a constant rate. */
  Descent(List<HostArray> arrays, double learningRate, double weightDecay) {
    this(arrays, Optimizer.adamW(), learningRate, weightDecay, OptionalDouble.empty());
  }

  /** As the options say. */
  Descent(List<HostArray> arrays, TrainingOptions options) {
    this(
        arrays,
        options.optimizer(),
        options.learningRate(),
        options.weightDecay(),
        options.clipNorm());
  }

  private Descent(
      List<HostArray> arrays,
      Optimizer optimizer,
      double learningRate,
      double weightDecay,
      OptionalDouble clipNorm) {
    this.arrays = List.copyOf(arrays);
    this.learningRate = learningRate;
    this.clipNorm = clipNorm;
    for (HostArray array : arrays) {
      rules.add(optimizer.start(Math.toIntExact(array.shape().elements()), weightDecay));
    }
  }

  /** What each array's optimizer keeps, in the arrays' order. */
  List<Optimizer.Rule> rules() {
    return Collections.unmodifiableList(rules);
  }

  /** One step; returns the loss before it. */
  float step(Loss loss) {
    return step(loss, 1);
  }

  /** One step at the learning rate times a factor; returns the loss before it. */
  float step(Loss loss, double factor) {
    return differentiate(
        manager,
        loss,
        (scope, value, leaves) -> {
          List<FloatBuffer> gradients = new ArrayList<>();
          for (NDArray leaf : leaves) {
            gradients.add(leaf.getGradient().toByteBuffer().asFloatBuffer());
          }
          apply(gradients, factor);
          return value;
        });
  }

  /** One step by gradients that come from elsewhere, in the arrays' order. */
  void apply(List<FloatBuffer> gradients, double factor) {
    double scale = clipNorm.isPresent() ? scale(gradients, clipNorm.getAsDouble()) : 1;
    for (int i = 0; i < rules.size(); i++) {
      rules.get(i).step(arrays.get(i).values(), gradients.get(i), scale, factor * learningRate);
    }
  }

  /** What is done with a pass's gradients while the pass's arrays are open. */
  @FunctionalInterface
  interface Afterwards<T> {
    T read(NDManager scope, float loss, List<NDArray> leaves);
  }

  /** One pass forwards and backwards; refuses a loss that is not finite. */
  static <T> T differentiate(NDManager manager, Loss loss, Afterwards<T> afterwards) {
    COLLECTING.lock();
    try (NDManager scope = DjlEngine.newScope(manager)) {
      List<NDArray> leaves = new ArrayList<>();
      float value = backward(loss, scope, leaves);
      if (!Float.isFinite(value)) {
        throw new IllegalStateException(
            "expected a finite loss, found "
                + value
                + ": lower the learning rate or scale the inputs");
      }
      return afterwards.read(scope, value, leaves);
    } finally {
      COLLECTING.unlock();
    }
  }

  private static double scale(List<FloatBuffer> gradients, double clip) {
    double squares = 0;
    for (FloatBuffer gradient : gradients) {
      for (int i = 0; i < gradient.limit(); i++) {
        double g = gradient.get(i);
        squares += g * g;
      }
    }
    double norm = Math.sqrt(squares);
    return norm > clip ? clip / norm : 1;
  }

  private static float backward(Loss loss, NDManager scope, List<NDArray> leaves) {
    try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      NDArray value = loss.in(scope, leaves);
      collector.backward(value);
      return value.getFloat();
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
