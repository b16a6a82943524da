package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Shape;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.BoundLayers;
import io.medforge.runtime.djl.HostArray;
import io.medforge.runtime.djl.Network;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** One distillation: patients, synthetic rows, and the networks that look at both. */
final class DistributionMatching {
  /*
   * Zhao and Bilen, Dataset Condensation with Distribution Matching, WACV 2023, equation 5:
   *
   *   min over S of  E_theta sum_c || mean of phi_theta(S_c) - mean of phi_theta(T_c) ||^2
   *
   * phi_theta is what the architecture marks as its features. theta is the base, always, plus a network
   * with random weights that is drawn anew every few steps (the paper's expectation). The class means
   * of S and T are products with matrices that hold 1/n_c, so that only arrays meet. Where a class has
   * more than ROWS_PER_CLASS patients, each step draws some of them.
   */

  private static final int ROWS_PER_CLASS = 256;

  private final Network network;
  private final LabelSpace labels;
  private final LabelledRows patients;
  private final long seed;
  private final int[] classes;
  private final HostArray synthetic;
  private final HostArray syntheticMeans;
  private final SortedMap<String, HostArray> base = new TreeMap<>();
  private final SortedMap<String, HostArray> random = new TreeMap<>();

  DistributionMatching(
      Network network, LabelSpace labels, LabelledRows patients, long seed, int perClass) {
    this.network = network;
    this.labels = labels;
    this.patients = patients;
    this.seed = seed;
    this.classes = new int[labels.size() * perClass];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = i / perClass;
    }
    this.synthetic = HostArray.zeros(patients.shape(classes.length));
    SeededRandom.of(seed, "noise", 0).fillGaussian(synthetic, 1);
    this.syntheticMeans = means(classes);
    network
        .parameters()
        .forEach(
            (name, tensor) -> {
              base.put(name, HostArray.of(tensor));
              random.put(name, HostArray.of(tensor));
            });
  }

  DistilledSet distil(int steps, int embeddings, double learningRate) {
    try (Descent descent = new Descent(List.of(synthetic), learningRate, 0)) {
      for (int step = 0; step < steps; step++) {
        long embedding = (long) step * embeddings / steps;
        if (step == 0 || embedding != (long) (step - 1) * embeddings / steps) {
          drawWeights(embedding);
        }
        int[] drawn = drawPatients(step);
        HostArray rows = HostArray.zeros(patients.shape(drawn.length));
        patients.read(drawn, 0, rows);
        HostArray rowMeans = means(classesOf(drawn));
        descent.step((scope, leaves) -> loss(rows, rowMeans, scope, leaves));
      }
    }
    return DistilledSet.of(labels, new ModelInput(synthetic.toTensor()), classes);
  }

  private NDArray loss(HostArray rows, HostArray rowMeans, NDManager scope, List<NDArray> leaves) {
    NDArray made = synthetic.in(scope);
    made.setRequiresGradient(true);
    leaves.add(made);
    NDArray real = rows.in(scope);
    NDArray madeMeans = syntheticMeans.in(scope);
    NDArray realMeans = rowMeans.in(scope);
    return distance(base, made, madeMeans, real, realMeans, scope)
        .add(distance(random, made, madeMeans, real, realMeans, scope));
  }

  private NDArray distance(
      SortedMap<String, HostArray> weights,
      NDArray made,
      NDArray madeMeans,
      NDArray real,
      NDArray realMeans,
      NDManager scope) {
    NDArray found = madeMeans.matMul(features(weights, made, scope));
    NDArray difference = found.sub(realMeans.matMul(features(weights, real, scope)));
    return difference.mul(difference).mean();
  }

  private NDArray features(SortedMap<String, HostArray> weights, NDArray rows, NDManager scope) {
    SortedMap<String, NDArray> arrays = new TreeMap<>();
    weights.forEach((name, host) -> arrays.put(name, host.in(scope)));
    BoundLayers layers = new BoundLayers(arrays, Collections.emptySortedMap());
    NDArray logits = network.architecture().forward(layers, rows);
    NDArray features =
        layers
            .markedFeatures()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "expected an architecture that marks its features, found none, at base "
                            + network.base()));
    if (features.getShape().dimension() != 2
        || features.getShape().get(0) != logits.getShape().get(0)) {
      throw new IllegalArgumentException(
          "expected features [n, width], found "
              + features.getShape()
              + ", at base "
              + network.base());
    }
    return features;
  }

  /** Weights from N(0, 2/k); vectors keep the base's values, for a norm's scale is no bias. */
  private void drawWeights(long embedding) {
    random.forEach(
        (name, array) -> {
          Shape shape = array.shape();
          if (shape.dimensions() >= 2) {
            double in = (double) shape.elements() / shape.dimension(0);
            SeededRandom.of(seed, "embedding " + name, embedding)
                .fillGaussian(array, StrictMath.sqrt(2 / in));
          }
        });
  }

  /** All patients of a class, or some of them if they are many. */
  private int[] drawPatients(int step) {
    int[] order = SeededRandom.of(seed, "patients", step).permutation(patients.size());
    int[] counts = new int[labels.size()];
    List<Integer> drawn = new ArrayList<>();
    for (int row : order) {
      if (counts[patients.classOf(row)]++ < ROWS_PER_CLASS) {
        drawn.add(row);
      }
    }
    return drawn.stream().mapToInt(Integer::intValue).sorted().toArray();
  }

  private int[] classesOf(int[] rows) {
    int[] found = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      found[i] = patients.classOf(rows[i]);
    }
    return found;
  }

  /** {@code [classes, n]}: times features {@code [n, width]} gives each class's mean. */
  private HostArray means(int[] rowClasses) {
    int[] counts = new int[labels.size()];
    for (int label : rowClasses) {
      counts[label]++;
    }
    HostArray means = HostArray.zeros(Shape.of(labels.size(), rowClasses.length));
    FloatBuffer values = means.values();
    for (int label = 0; label < labels.size(); label++) {
      for (int row = 0; row < rowClasses.length; row++) {
        values.put(rowClasses[row] == label ? (float) (1.0 / counts[label]) : 0f);
      }
    }
    return means;
  }
}
