package io.medforge.plugin.branch;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.djl.HostArray;
import io.medforge.runtime.djl.VisionTransformer;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Values to start a training from. */
public final class InitialParameters {
  private InitialParameters() {}

  /**
   * Parameters of a multi-layer perceptron with ReLU, as {@link
   * io.medforge.runtime.djl.Architecture#mlp} names them: weights from N(0, 2/k), biases zero (He
   * et al., Delving Deep into Rectifiers, ICCV 2015).
   *
   * @param layers the layers' names, input first
   * @param widths the number of inputs, then each layer's number of outputs
   * @param seed of the weights
   * @return {@code layer.weight} {@code [d, k]} and {@code layer.bias} {@code [d]} for each layer,
   *     in F32; unmodifiable, the same bytes in every run
   * @throws IllegalArgumentException if there is no layer, the widths are not one more than the
   *     layers, or one is less than 1
   */
  public static SortedMap<String, Tensor> mlp(
      List<String> layers, List<Integer> widths, long seed) {
    if (layers.isEmpty() || widths.size() != layers.size() + 1) {
      throw new IllegalArgumentException(
          "expected at least one layer and one width more than layers, found layers "
              + layers
              + " and widths "
              + widths);
    }
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    for (int i = 0; i < layers.size(); i++) {
      int in = Settings.atLeastOne("each width", widths.get(i));
      int out = Settings.atLeastOne("each width", widths.get(i + 1));
      String layer = layers.get(i);
      parameters.put(
          layer + ".weight", weight(layer + ".weight", Shape.of(out, in), seed).toTensor());
      parameters.put(layer + ".bias", HostArray.zeros(Shape.of(out)).toTensor());
    }
    return Collections.unmodifiableSortedMap(parameters);
  }

  /**
   * Parameters of a vision transformer: weights from N(0, 1/k), tokens and positions from N(0,
   * 0.02^2), norms one, biases zero.
   *
   * @param architecture the transformer
   * @param seed of the weights
   * @return its parameters by name, in F32; unmodifiable, the same bytes in every run
   */
  public static SortedMap<String, Tensor> visionTransformer(
      VisionTransformer architecture, long seed) {
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    architecture
        .parameterShapes()
        .forEach((name, shape) -> parameters.put(name, ofTransformer(name, shape, seed)));
    return Collections.unmodifiableSortedMap(parameters);
  }

  private static Tensor ofTransformer(String name, Shape shape, long seed) {
    HostArray array = HostArray.zeros(shape);
    if (name.contains("layernorm") && name.endsWith(".weight")) {
      FloatBuffer values = array.values();
      while (values.hasRemaining()) {
        values.put(1f);
      }
    } else if (name.endsWith(".weight")) {
      double in = (double) shape.elements() / shape.dimension(0);
      SeededRandom.of(seed, "weight " + name, 0).fillGaussian(array, StrictMath.sqrt(1 / in));
    } else if (shape.dimensions() > 1) {
      SeededRandom.of(seed, "weight " + name, 0).fillGaussian(array, 0.02);
    }
    return array.toTensor();
  }

  /** A weight from N(0, 2/k), k being everything but the outputs. */
  static HostArray weight(String name, Shape shape, long seed) {
    HostArray weight = HostArray.zeros(shape);
    double in = (double) shape.elements() / shape.dimension(0);
    SeededRandom.of(seed, "weight " + name, 0).fillGaussian(weight, StrictMath.sqrt(2 / in));
    return weight;
  }
}
