package io.medforge.merge.fusion;

import io.medforge.plugin.Tensor;
import java.util.List;
import java.util.Objects;

/** What a rule makes of a layer; Fusion turns it into an update of the rank and type asked for. */
public sealed interface LayerAverage {
  /**
   * {@code sum c_i Delta_i} over the layer's updates: exact in product space, and computed in
   * double. What rules return that only weigh: means, SLERP, Krum, model stock.
   *
   * @param coefficients c, in the order of the updates, finite; the plugins' own weights included
   */
  record Combination(List<Double> coefficients) implements LayerAverage {
    /**
     * Checks and copies.
     *
     * @param coefficients c, in the order of the updates, finite; the plugins' own weights included
     * @throws IllegalArgumentException if one is not finite
     */
    public Combination {
      coefficients = List.copyOf(coefficients);
      for (double coefficient : coefficients) {
        if (!Double.isFinite(coefficient)) {
          throw new IllegalArgumentException("expected finite coefficients, found " + coefficients);
        }
      }
    }
  }

  /**
   * {@code sum_j values_j left_j right_j^T}: what rules return that work on singular vectors, such
   * as TSV-M. The vectors need not be orthonormal.
   *
   * @param left vectors of length d, or of the first dimension of a dense update
   * @param right as many of length k, or of the product of the other dimensions
   * @param values as many numbers
   */
  @SuppressWarnings("ArrayRecordComponent") // Handed over once, never compared.
  record Factored(double[][] left, double[][] right, double[] values) implements LayerAverage {
    /**
     * Checks the numbers of vectors; copies nothing.
     *
     * @param left vectors of length d, or of the first dimension of a dense update
     * @param right as many of length k, or of the product of the other dimensions
     * @param values as many numbers
     * @throws IllegalArgumentException if there are none or their numbers differ
     */
    public Factored {
      if (values.length == 0 || left.length != values.length || right.length != values.length) {
        throw new IllegalArgumentException(
            "expected as many left and right vectors as values, at least one, found "
                + left.length
                + ", "
                + right.length
                + " and "
                + values.length);
      }
    }
  }

  /**
   * A delta element by element, in the shape of {@link LayerUpdates#deltas}: what rules return that
   * look at single elements. May be computed when it is read; it is read from front to back,
   * perhaps several times, in pieces that depend on the memory budget, and must not depend on them.
   *
   * @param delta the result
   */
  record Elements(Tensor delta) implements LayerAverage {
    /**
     * Checks that it is there.
     *
     * @param delta the result
     */
    public Elements {
      Objects.requireNonNull(delta, "delta");
    }
  }

  /**
   * The same times lambda.
   *
   * @param lambda finite
   * @return a new average
   */
  default LayerAverage times(double lambda) {
    if (this instanceof Combination combination) {
      return new Combination(combination.coefficients().stream().map(c -> c * lambda).toList());
    }
    if (this instanceof Factored factored) {
      double[] values = factored.values().clone();
      for (int j = 0; j < values.length; j++) {
        values[j] *= lambda;
      }
      return new Factored(factored.left(), factored.right(), values);
    }
    Tensor delta = ((Elements) this).delta();
    return new Elements(new ComputedTensor(delta.shape(), new ScaledElements(delta, lambda)));
  }
}
