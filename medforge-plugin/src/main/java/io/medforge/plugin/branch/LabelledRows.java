package io.medforge.plugin.branch;

import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.HostArray;
import java.nio.FloatBuffer;
import java.util.stream.IntStream;

/** Checked examples with their classes, read row by row. Messages never carry a value. */
final class LabelledRows {
  private final Tensor inputs;
  private final int[] classes;
  private final int[] places;
  private final int width;

  private LabelledRows(Tensor inputs, int[] classes, int[] places, int width) {
    this.inputs = inputs;
    this.classes = classes;
    this.places = places;
    this.width = width;
  }

  LabelledRows(ModelInput inputs, int[] classes, LabelSpace labels) {
    this.inputs = inputs.values();
    this.classes = classes.clone();
    this.places = IntStream.range(0, classes.length).toArray();
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

  /** How many rows each class has. */
  int[] counts(LabelSpace labels) {
    int[] counts = new int[labels.size()];
    for (int label : classes) {
      counts[label]++;
    }
    return counts;
  }

  /** Some of these rows, without a copy of their values. */
  LabelledRows part(int... rows) {
    int[] partClasses = new int[rows.length];
    int[] partPlaces = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      partClasses[i] = classes[rows[i]];
      partPlaces[i] = places[rows[i]];
    }
    return new LabelledRows(inputs, partClasses, partPlaces, width);
  }

  /** Refuses rows that no classifier can be trained on. */
  void checkTrainable(LabelSpace labels) {
    if (size() < labels.size()) {
      throw new IllegalArgumentException(
          "expected at least as many rows as label space "
              + labels.name()
              + " has classes, "
              + labels.size()
              + ", found "
              + size());
    }
    if (labels.size() > 1 && IntStream.of(classes).distinct().count() < 2) {
      throw new IllegalArgumentException(
          "expected rows of at least two classes of label space "
              + labels.name()
              + ", found only class "
              + labels.classes().get(classes[0]));
    }
  }

  /** The identity of the rows and their classes. */
  Digest digest() {
    Digest.Builder builder = Digest.builder().add("medforge-rows-v1").add(inputs);
    builder.add(classes.length);
    for (int row = 0; row < classes.length; row++) {
      builder.add(places[row]).add(classes[row]);
    }
    return builder.build();
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
      inputs.read((long) places[order[i]] * width, row, 0, width);
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
