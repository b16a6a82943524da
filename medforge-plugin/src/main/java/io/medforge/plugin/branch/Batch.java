package io.medforge.plugin.branch;

import io.medforge.plugin.Shape;
import io.medforge.runtime.djl.HostArray;
import java.nio.FloatBuffer;

/** Memory for some rows and their targets, filled again and again. Not thread-safe. */
final class Batch {
  private final HostArray inputs;
  private final HostArray targets;
  private final double[] weights;

  /** Memory for rows that count by their class's weight. */
  Batch(LabelledRows rows, int size, double[] weights) {
    this.inputs = HostArray.zeros(rows.shape(size));
    this.targets = HostArray.zeros(Shape.of(size, weights.length));
    this.weights = weights;
  }

  int size() {
    return Math.toIntExact(targets.shape().dimension(0));
  }

  HostArray inputs() {
    return inputs;
  }

  /** {@code [n, classes]}: at each row's class its share of the batch's weight, negative. */
  HostArray targets() {
    return targets;
  }

  /** Fills it with the rows {@code order[from]} and following. */
  void fill(LabelledRows rows, int[] order, int from) {
    rows.read(order, from, inputs);
    double total = 0;
    for (int i = 0; i < size(); i++) {
      total += weights[rows.classOf(order[from + i])];
    }
    FloatBuffer values = targets.values();
    for (int i = 0; i < size(); i++) {
      int label = rows.classOf(order[from + i]);
      for (int c = 0; c < weights.length; c++) {
        values.put(c == label ? (float) (-weights[label] / total) : 0f);
      }
    }
  }

  /** Fills it with rows whose losses add up instead of being averaged. */
  void fillSeparately(LabelledRows rows, int... drawn) {
    rows.read(drawn, 0, inputs);
    FloatBuffer values = targets.values();
    for (int row : drawn) {
      int label = rows.classOf(row);
      for (int c = 0; c < weights.length; c++) {
        values.put(c == label ? (float) -weights[label] : 0f);
      }
    }
  }
}
