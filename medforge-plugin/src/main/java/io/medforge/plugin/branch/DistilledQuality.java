package io.medforge.plugin.branch;

import ai.djl.ndarray.NDManager;
import io.medforge.plugin.LabelSpace;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.djl.DjlEngine;
import io.medforge.runtime.djl.HostArray;
import io.medforge.runtime.djl.Network;
import java.util.stream.IntStream;

/**
 * How well a distilled set stands for its patients: a linear probe on the base's features is
 * trained on the set, another on the patients, and both answer held-out patients. The numbers are
 * computed on patients; publishing them is a release like any other.
 *
 * @param distilled the accuracy of the probe trained on the distilled set, 0 to 1
 * @param real the accuracy of the probe trained on the patients, 0 to 1
 * @param majority the accuracy of always answering the held-out patients' commonest class
 * @param rows the number of held-out patients
 */
public record DistilledQuality(double distilled, double real, double majority, int rows) {
  private static final int BATCH = 256;

  /**
   * Measures.
   *
   * @param network the base model; its architecture marks the features
   * @param set the distilled set
   * @param patients the patients that it was distilled from, {@linkplain TrainingData#validatedOn
   *     with} the held-out ones
   * @return the accuracies, the same in every run
   * @throws IllegalArgumentException if there are no held-out patients, rows and classes do not fit
   *     each other, the label space or the network, an input is not finite, or the architecture
   *     marks no features; the message names row or class and never carries a value
   * @throws IllegalStateException if the engine may not start (see {@link DjlEngine})
   */
  public static DistilledQuality measure(Network network, DistilledSet set, TrainingData patients) {
    LabelSpace labels = set.labels();
    TrainingData heldOut =
        patients
            .validation()
            .orElseThrow(
                () -> new IllegalArgumentException("expected held-out patients, found none"));
    LabelledRows real = new LabelledRows(patients.inputs(), patients.classes(), labels);
    LabelledRows test = new LabelledRows(heldOut.inputs(), heldOut.classes(), labels);
    int[] setClasses = IntStream.range(0, set.size()).map(set::classOf).toArray();
    LabelledRows made = new LabelledRows(set.inputs(), setClasses, labels);
    double[][] testFeatures = features(network, test);
    int[] counts = test.counts(labels);
    return new DistilledQuality(
        accuracy(network, made, labels, testFeatures, test),
        accuracy(network, real, labels, testFeatures, test),
        (double) IntStream.of(counts).max().orElse(0) / test.size(),
        test.size());
  }

  private static double accuracy(
      Network network,
      LabelledRows training,
      LabelSpace labels,
      double[][] testFeatures,
      LabelledRows test) {
    int[] classes = IntStream.range(0, training.size()).map(training::classOf).toArray();
    LinearProbe probe = LinearProbe.fit(features(network, training), classes, labels.size());
    long right =
        IntStream.range(0, test.size())
            .filter(row -> probe.answer(testFeatures[row]) == test.classOf(row))
            .count();
    return (double) right / test.size();
  }

  private static double[][] features(Network network, LabelledRows rows) {
    FeatureSpaces spaces = new FeatureSpaces(network, 0);
    double[][] features = new double[rows.size()][];
    int[] order = IntStream.range(0, rows.size()).toArray();
    try (NDManager manager = DjlEngine.newManager()) {
      for (int from = 0; from < order.length; from += BATCH) {
        int size = Math.min(BATCH, order.length - from);
        HostArray batch = HostArray.zeros(rows.shape(size));
        rows.read(order, from, batch);
        try (NDManager scope = DjlEngine.newScope(manager)) {
          float[] found = spaces.features(spaces.base(), batch.in(scope), scope).toFloatArray();
          int width = found.length / size;
          for (int i = 0; i < size; i++) {
            features[from + i] = new double[width];
            for (int j = 0; j < width; j++) {
              features[from + i][j] = found[i * width + j];
            }
          }
        }
      }
    }
    return features;
  }
}
