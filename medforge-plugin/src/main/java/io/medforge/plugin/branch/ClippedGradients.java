package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.medforge.plugin.LabelSpace;
import io.medforge.runtime.djl.Architecture;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The sum over examples of their gradients, each cut to a norm: what DP-SGD adds noise to. */
final class ClippedGradients {
  /** So that single precision never lets an example exceed the norm. */
  private static final double MARGIN = 1e-5;

  private final Architecture architecture;
  private final Trainables parameters;
  private final LabelSpace labels;
  private final double clipNorm;

  /** A sum of clipped gradients, in the order of {@link Trainables#arrays}, and of losses. */
  record Sum(List<float[]> gradients, double loss) {}

  ClippedGradients(
      Architecture architecture, Trainables parameters, LabelSpace labels, double clipNorm) {
    this.architecture = architecture;
    this.parameters = parameters;
    this.labels = labels;
    this.clipNorm = clipNorm;
  }

  /** The sum over a batch, whose targets hold minus each row's weight at its class. */
  Sum of(Batch batch, NDManager manager) {
    Pass pass = new Pass(batch);
    return Descent.differentiate(manager, pass::loss, pass::sum);
  }

  /** One pass over a batch. */
  private final class Pass {
    private final Batch batch;
    private @Nullable PerExampleLayers layers;

    Pass(Batch batch) {
      this.batch = batch;
    }

    NDArray loss(NDManager scope, List<NDArray> leaves) {
      PerExampleLayers layers = new PerExampleLayers(parameters, scope, leaves);
      this.layers = layers;
      NDArray logits = architecture.forward(layers, batch.inputs().in(scope));
      ClassifierLoss.checkUsed(parameters.names(), layers.used());
      ClassifierLoss.checkLogits(logits, batch.targets().shape(), labels);
      return logits.logSoftmax(1).mul(batch.targets().in(scope)).sum();
    }

    Sum sum(NDManager scope, float loss, List<NDArray> leaves) {
      List<NDArray> each = new ArrayList<>();
      parameters
          .whole()
          .forEach(
              (name, array) -> each.add(perExample(name, array.shape().dimensions(), 1, scope)));
      parameters
          .factors()
          .forEach(
              (name, factors) -> {
                each.add(perExample("A:" + name, 2, 1, scope));
                each.add(perExample("B:" + name, 2, (float) factors.scaling(), scope));
              });
      NDArray shares = shares(each, scope);
      List<float[]> sums = new ArrayList<>();
      for (NDArray gradients : each) {
        sums.add(shares.matMul(gradients).toFloatArray());
      }
      return new Sum(sums, loss);
    }

    /** {@code [n, elements]}: each example's gradient of a weight, factor or bias. */
    private NDArray perExample(String name, int dimensions, float factor, NDManager scope) {
      NDArray total = null;
      for (PerExampleLayers.Use use : Objects.requireNonNull(layers).uses(name)) {
        NDArray g = flat(use.zeros().getGradient());
        NDArray found =
            dimensions == 1 ? g.sum(new int[] {1}) : g.transpose(0, 2, 1).matMul(flat(use.input()));
        NDArray rows = found.reshape(batch.size(), -1);
        total = total == null ? rows : total.add(rows);
      }
      if (total == null) {
        throw new IllegalArgumentException(
            "expected private training of linear layers only, found another use of " + name);
      }
      return total.mul(scope.full(new Shape(1), factor));
    }

    /** {@code [n, ..., width]} to {@code [n, positions, width]}. */
    private NDArray flat(NDArray array) {
      Shape shape = array.getShape();
      return array.stopGradient().reshape(shape.get(0), -1, shape.get(shape.dimension() - 1));
    }

    /** {@code [1, n]}: by how much each example's gradient is shortened. */
    private NDArray shares(List<NDArray> each, NDManager scope) {
      double[] squares = new double[batch.size()];
      for (NDArray gradients : each) {
        float[] found = gradients.mul(gradients).sum(new int[] {1}).toFloatArray();
        for (int i = 0; i < squares.length; i++) {
          squares[i] += found[i];
        }
      }
      float[] shares = new float[squares.length];
      for (int i = 0; i < shares.length; i++) {
        double norm = Math.sqrt(squares[i]) * (1 + MARGIN);
        shares[i] = (float) (norm > clipNorm ? clipNorm / norm : 1);
      }
      return scope.create(shares, new Shape(1, shares.length));
    }
  }

  /** Adds noise to a sum and divides it: the gradient of one step, private. */
  static List<FloatBuffer> privately(
      List<float[]> sums, double deviation, double divisor, PrivateNoise noise) {
    List<FloatBuffer> gradients = new ArrayList<>();
    for (float[] sum : sums) {
      FloatBuffer gradient = FloatBuffer.allocate(sum.length);
      for (int i = 0; i < sum.length; i++) {
        gradient.put(i, (float) ((sum[i] + deviation * noise.gaussian()) / divisor));
      }
      gradients.add(gradient);
    }
    return gradients;
  }
}
