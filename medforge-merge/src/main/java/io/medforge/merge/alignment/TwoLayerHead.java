package io.medforge.merge.alignment;

import java.util.Optional;

/**
 * The layers of a head {@code W2 f(W1 x + b1)} with an element-wise f; an output bias has no part
 * in it.
 *
 * @param hiddenWeight the layer of W1, {@code [h, k]}
 * @param hiddenBias the layer of b1, {@code [h]}, if there is one
 * @param outputWeight the layer of W2, {@code [c, h]}
 */
public record TwoLayerHead(String hiddenWeight, Optional<String> hiddenBias, String outputWeight) {
  /**
   * Checks that the layers differ.
   *
   * @param hiddenWeight the layer of W1, {@code [h, k]}
   * @param hiddenBias the layer of b1, {@code [h]}, if there is one
   * @param outputWeight the layer of W2, {@code [c, h]}
   * @throws IllegalArgumentException if two are the same
   */
  public TwoLayerHead {
    boolean biasTwice =
        hiddenBias.isPresent()
            && (hiddenBias.get().equals(hiddenWeight) || hiddenBias.get().equals(outputWeight));
    if (hiddenWeight.equals(outputWeight) || biasTwice) {
      throw new IllegalArgumentException(
          "expected different layers, found "
              + hiddenWeight
              + ", "
              + hiddenBias.orElse("none")
              + " and "
              + outputWeight);
    }
  }
}
