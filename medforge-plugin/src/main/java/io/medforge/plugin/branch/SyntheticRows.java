package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Shape;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.HostArray;
import java.nio.FloatBuffer;
import java.util.List;

/** Rows in the making, class by class, from seeded noise: never from a patient. */
final class SyntheticRows {
  private final LabelSpace labels;
  private final int[] classes;
  private final HostArray values;
  private final HostArray means;

  /** Noise of deviation 1, with some rows of each class, each of a shape {@code [1, ...]}. */
  SyntheticRows(LabelSpace labels, int[] perClass, Shape row, long seed) {
    this.labels = labels;
    int size = 0;
    for (int count : perClass) {
      size = Math.addExact(size, count);
    }
    this.classes = new int[size];
    int at = 0;
    for (int label = 0; label < perClass.length; label++) {
      for (int i = 0; i < perClass[label]; i++) {
        classes[at++] = label;
      }
    }
    long[] dimensions = row.toArray();
    dimensions[0] = size;
    this.values = HostArray.zeros(Shape.of(dimensions));
    SeededRandom.of(seed, "noise", 0).fillGaussian(values, 1);
    this.means = means(classes, labels.size());
  }

  List<HostArray> arrays() {
    return List.of(values);
  }

  /** The rows, to be differentiated by. */
  NDArray leaf(NDManager scope, List<NDArray> leaves) {
    NDArray rows = values.in(scope);
    rows.setRequiresGradient(true);
    leaves.add(rows);
    return rows;
  }

  /** {@code [classes, n]}: times features it gives each class's mean. */
  HostArray means() {
    return means;
  }

  DistilledSet finish() {
    return DistilledSet.of(labels, new ModelInput(values.toTensor()), classes);
  }

  /** {@code [classes, n]}: times features {@code [n, width]} gives each class's mean. */
  static HostArray means(int[] rowClasses, int classes) {
    int[] counts = new int[classes];
    for (int label : rowClasses) {
      counts[label]++;
    }
    HostArray means = HostArray.zeros(Shape.of(classes, rowClasses.length));
    FloatBuffer values = means.values();
    for (int label = 0; label < classes; label++) {
      for (int row = 0; row < rowClasses.length; row++) {
        values.put(rowClasses[row] == label ? (float) (1.0 / counts[label]) : 0f);
      }
    }
    return means;
  }
}
