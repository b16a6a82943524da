package io.medforge.runtime;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;

/**
 * A batch of inputs. Immutable.
 *
 * @param values {@code [n, ...]}: n examples, at least 1, each of one shape
 */
public record ModelInput(Tensor values) {
  /**
   * Checks the shape.
   *
   * @param values {@code [n, ...]}: n examples, at least 1, each of one shape
   * @throws IllegalArgumentException if there is no batch axis, no example or no readable value
   */
  public ModelInput {
    if (values.shape().dimensions() < 2 || values.shape().elements() == 0) {
      throw new IllegalArgumentException(
          "expected inputs [n, ...] with at least one example, found " + values.shape());
    }
    if (!values.dtype().hasValues()) {
      throw new IllegalArgumentException(
          "expected inputs of a type with readable values, found " + values.dtype());
    }
  }

  /**
   * A batch of feature rows.
   *
   * @param rows n rows of equal length; copied
   * @return the batch, {@code [n, k]} in F32
   * @throws IllegalArgumentException if there is no row or rows differ in length
   */
  public static ModelInput ofRows(float[]... rows) {
    int width = rows.length == 0 ? 0 : rows[0].length;
    float[] flat = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length != width) {
        throw new IllegalArgumentException(
            "expected rows of " + width + " features, found " + rows[i].length + ", at row " + i);
      }
      System.arraycopy(rows[i], 0, flat, i * width, width);
    }
    return new ModelInput(Tensor.of(Shape.of(rows.length, width), flat));
  }

  /**
   * The number of examples.
   *
   * @return n, at least 1
   */
  public int size() {
    return Math.toIntExact(values.shape().dimension(0));
  }
}
