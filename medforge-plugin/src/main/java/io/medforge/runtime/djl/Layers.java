package io.medforge.runtime.djl;

import ai.djl.ndarray.NDArray;

/**
 * The parameters that an {@link Architecture} computes with, for one forward pass: the base's, with
 * a plugin's changes applied. Not thread-safe; arrays must not outlive the pass.
 */
public interface Layers {
  /**
   * A linear layer: {@code x W^T + b}, plus {@code (x A^T) (s B)^T} where a low-rank update is
   * active.
   *
   * @param layer the layer's name; its parameters are {@code layer.weight} {@code [d, k]} and, if
   *     present, {@code layer.bias} {@code [d]}
   * @param x {@code [..., k]}
   * @return {@code [..., d]}
   * @throws IllegalArgumentException if x is not k wide
   * @throws IllegalStateException if the network has no such layer
   */
  NDArray linear(String layer, NDArray x);

  /**
   * A parameter in full, with every change applied; a low-rank update is multiplied out.
   *
   * @param name the parameter's name
   * @return its value
   * @throws IllegalStateException if the network has no such parameter
   */
  NDArray parameter(String name);

  /**
   * Marks the features of the batch: what the last layer sees. Distillation matches them. An
   * architecture calls this once, or never if it has none.
   *
   * @param embedding {@code [n, width]}
   * @return the same array
   */
  NDArray features(NDArray embedding);
}
