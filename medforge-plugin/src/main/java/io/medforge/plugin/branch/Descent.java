package io.medforge.plugin.branch;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import io.medforge.runtime.djl.DjlEngine;
import io.medforge.runtime.djl.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Gradient descent on arrays that Java holds: the engine computes a loss and its gradients, AdamW
 * does the rest in Java. Nothing native outlives a step. Not thread-safe.
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
  private final List<AdamW> optimizers = new ArrayList<>();

  Descent(List<HostArray> arrays, double learningRate, double weightDecay) {
    this.arrays = List.copyOf(arrays);
    for (HostArray array : arrays) {
      int elements = Math.toIntExact(array.shape().elements());
      optimizers.add(new AdamW(elements, learningRate, weightDecay));
    }
  }

  /** One step; returns the loss before it. */
  float step(Loss loss) {
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
      for (int i = 0; i < arrays.size(); i++) {
        NDArray gradient = leaves.get(i).getGradient();
        optimizers.get(i).step(arrays.get(i).values(), gradient.toByteBuffer().asFloatBuffer());
      }
      return value;
    } finally {
      COLLECTING.unlock();
    }
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
