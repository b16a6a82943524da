package io.medforge.plugin.branch;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.HostArray;
import java.nio.FloatBuffer;

/** Checked examples with their classes, read row by row. Messages never carry a value. */
final class LabelledRows {
  private final Tensor inputs;
  private final int[] classes;
  private final int width;

  LabelledRows(ModelInput inputs, int[] classes, LabelSpace labels) {
    this.inputs = inputs.values();
    this.classes = classes.clone();
    this.width = Math.toIntExact(this.inputs.shape().elements() / inputs.size());
    if (!this.inputs.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "expected inputs of a floating-point type, found " + this.inputs.dtype());
    }
    if (classes.length != inputs.size()) {
      throw new IllegalArgumentException(
          "expected one class for each of " + inputs.size() + " rows, found " + classes.length);
    }
    for (int row = 0; row < classes.length; row++) {
      if (classes[row] < 0 || classes[row] >= labels.size()) {
        throw new IllegalArgumentException(
            "expected a class of 0 to "
                + (labels.size() - 1)
                + " in label space "
                + labels.name()
                + ", found "
                + classes[row]
                + ", at row "
                + row);
      }
    }
    checkFinite();
  }

  int size() {
    return classes.length;
  }

  int classOf(int row) {
    return classes[row];
  }

  /** The shape of some rows together. */
  Shape shape(int rows) {
    long[] dimensions = inputs.shape().toArray();
    dimensions[0] = rows;
    return Shape.of(dimensions);
  }

  /** Copies the rows {@code order[from]} to {@code order[from + n - 1]}. */
  void read(int[] order, int from, HostArray into) {
    FloatBuffer target = into.values();
    float[] row = new float[width];
    for (int i = from; target.hasRemaining(); i++) {
      inputs.read((long) order[i] * width, row, 0, width);
      target.put(row);
    }
  }

  private void checkFinite() {
    float[] values = new float[width];
    for (int row = 0; row < classes.length; row++) {
      inputs.read((long) row * width, values, 0, width);
      for (int column = 0; column < width; column++) {
        if (!Float.isFinite(values[column])) {
          throw new IllegalArgumentException(
              "expected finite inputs, found a missing or infinite one, at row "
                  + row
                  + ", column "
                  + column);
        }
      }
    }
  }
}
