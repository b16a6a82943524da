package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Shape;
import io.medforge.runtime.djl.DjlEngine;
import io.medforge.runtime.djl.HostArray;
import java.nio.FloatBuffer;
import java.util.stream.IntStream;

/** Each class's mean features as two Gaussian queries release them; no patient is behind it. */
final class NoisyMeans {
  private static final int BATCH = 256;

  private final UnitFeatures features;
  private final HostArray means;

  private NoisyMeans(UnitFeatures features, HostArray means) {
    this.features = features;
    this.means = means;
  }

  /** Asks the patients: the only place where they are looked at. */
  static NoisyMeans ask(
      UnitFeatures features,
      LabelledRows patients,
      LabelSpace labels,
      double deviation,
      double minimumRows,
      PrivateNoise noise) {
    double[][] sums = sums(features, patients, labels);
    int[] counts = patients.counts(labels);
    int width = sums[0].length;
    HostArray means = HostArray.zeros(Shape.of(labels.size(), width));
    FloatBuffer values = means.values();
    for (int label = 0; label < sums.length; label++) {
      double count = counts[label] + deviation * noise.gaussian();
      if (count < minimumRows) {
        throw new IllegalArgumentException(
            "expected a noisy number of rows of at least "
                + minimumRows
                + " of each class, found fewer, at class "
                + labels.classes().get(label));
      }
      for (double sum : sums[label]) {
        values.put((float) ((sum + deviation * noise.gaussian()) / count));
      }
    }
    return new NoisyMeans(features, means);
  }

  /** {@code [classes, width]}. */
  HostArray means() {
    return means;
  }

  /** Optimises rows until their classes' mean features are these. */
  void match(
      SyntheticRows synthetic, int steps, double learningRate, DistillationListener listener) {
    long began = System.nanoTime();
    try (Descent descent = new Descent(synthetic.arrays(), learningRate, 0)) {
      for (int step = 0; step < steps; step++) {
        descent.step(
            (scope, leaves) -> {
              NDArray rows = synthetic.leaf(scope, leaves);
              NDArray found = synthetic.means().in(scope).matMul(features.of(rows, scope));
              NDArray difference = found.sub(means.in(scope));
              return difference.mul(difference).sum();
            });
        listener.after(DistillationProgress.after(step + 1, steps, began));
      }
    }
  }

  /** {@code [classes][width]}, in double, in the rows' order. */
  private static double[][] sums(UnitFeatures features, LabelledRows rows, LabelSpace labels) {
    int[] order = IntStream.range(0, rows.size()).toArray();
    double[][] sums = new double[labels.size()][];
    try (NDManager manager = DjlEngine.newManager()) {
      for (int from = 0; from < order.length; from += BATCH) {
        int size = Math.min(BATCH, order.length - from);
        HostArray batch = HostArray.zeros(rows.shape(size));
        rows.read(order, from, batch);
        float[] found;
        try (NDManager scope = DjlEngine.newScope(manager)) {
          found = features.of(batch.in(scope), scope).toFloatArray();
        }
        int width = found.length / size;
        for (int label = 0; from == 0 && label < sums.length; label++) {
          sums[label] = new double[width];
        }
        for (int i = 0; i < size; i++) {
          double[] sum = sums[rows.classOf(from + i)];
          for (int j = 0; j < width; j++) {
            sum[j] += found[i * width + j];
          }
        }
      }
    }
    return sums;
  }
}
