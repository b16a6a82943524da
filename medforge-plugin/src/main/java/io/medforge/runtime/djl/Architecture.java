package io.medforge.runtime.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import java.util.Arrays;
import java.util.List;

/**
 * In which order a network computes: one function from a batch to logits. It holds no parameters;
 * {@link Layers} provides them, with whatever a plugin changes already applied.
 *
 * <p>The same function runs in inference, in training and in distillation, so it must be
 * differentiable: only operations between arrays, never {@code mul(Number)}, {@code add(Number)}
 * and their kin (see the package's conventions). Implementations are stateless and thread-safe.
 */
@FunctionalInterface
public interface Architecture {
  /**
   * One forward pass.
   *
   * @param layers the parameters, in the scope of this pass
   * @param input {@code [n, ...]} in F32
   * @return logits {@code [n, classes]}
   */
  NDArray forward(Layers layers, NDArray input);

  /**
   * A multi-layer perceptron: linear layers with a ReLU between each two. Its features are what
   * enters the last layer.
   *
   * @param layers the layers' names, input first; layer {@code fc1} has the parameters {@code
   *     fc1.weight} {@code [d, k]} and, if present, {@code fc1.bias} {@code [d]}
   * @return the architecture
   * @throws IllegalArgumentException if there is no layer or a name appears twice
   */
  static Architecture mlp(String... layers) {
    List<String> names = List.copyOf(Arrays.asList(layers));
    if (names.isEmpty() || names.stream().distinct().count() != names.size()) {
      throw new IllegalArgumentException(
          "expected at least one layer, each name once, found " + names);
    }
    return (parameters, input) -> {
      NDArray hidden = input;
      for (String name : names.subList(0, names.size() - 1)) {
        hidden = Activation.relu(parameters.linear(name, hidden));
      }
      return parameters.linear(names.get(names.size() - 1), parameters.features(hidden));
    };
  }
}
