package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Shape;
import io.medforge.runtime.Outputs;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.BoundLayers;
import io.medforge.runtime.djl.DjlEngine;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** The weighted mean cross-entropy of a network on labelled rows. */
final class ClassifierLoss {
  private static final int VALIDATION_BATCH = 256;

  private final Architecture architecture;
  private final Trainables parameters;
  private final LabelSpace labels;
  private final double[] weights;
  private final Dropout dropout;

  ClassifierLoss(
      Architecture architecture,
      Trainables parameters,
      LabelSpace labels,
      double[] weights,
      Dropout dropout) {
    this.architecture = architecture;
    this.parameters = parameters;
    this.labels = labels;
    this.weights = weights.clone();
    this.dropout = dropout;
  }

  Batch batch(LabelledRows rows, int size) {
    return new Batch(rows, size, weights);
  }

  /* Cross-entropy as a sum of products: the targets hold -w/sum(w) at each row's class, so that only
   * arrays meet (a number would corrupt gradients), and logSoftmax keeps it stable. */
  NDArray of(Batch batch, long step, NDManager scope, List<NDArray> leaves) {
    Dropout.Step masks = dropout.at(scope, step);
    BoundLayers layers = parameters.bind(scope, leaves, masks);
    NDArray logits = architecture.forward(layers, batch.inputs().in(scope));
    checkUsed(parameters.names(), layers.used());
    checkDropped(masks);
    checkLogits(logits, batch.targets().shape(), labels);
    return logits.logSoftmax(1).mul(batch.targets().in(scope)).sum();
  }

  /** How the network fares, without dropout and without gradients. */
  Validation validate(LabelledRows rows, NDManager manager) {
    int[] order = IntStream.range(0, rows.size()).toArray();
    double loss = 0;
    double total = 0;
    int right = 0;
    for (int from = 0; from < order.length; from += VALIDATION_BATCH) {
      int size = Math.min(VALIDATION_BATCH, order.length - from);
      Outputs outputs = outputs(rows, order, from, size, manager);
      for (int i = 0; i < size; i++) {
        int label = rows.classOf(from + i);
        loss -= weights[label] * logProbability(outputs.logits(i), label);
        total += weights[label];
        right += best(outputs.logits(i)) == label ? 1 : 0;
      }
    }
    return new Validation(loss / total, (double) right / rows.size());
  }

  private Outputs outputs(LabelledRows rows, int[] order, int from, int size, NDManager manager) {
    Batch batch = batch(rows, size);
    batch.fill(rows, order, from);
    try (NDManager scope = DjlEngine.newScope(manager)) {
      NDArray logits = architecture.forward(parameters.bind(scope), batch.inputs().in(scope));
      checkLogits(logits, batch.targets().shape(), labels);
      return Outputs.ofLogits(size, labels.size(), logits.toFloatArray());
    }
  }

  private static double logProbability(float[] logits, int label) {
    double highest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      highest = Math.max(highest, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += StrictMath.exp(logit - highest);
    }
    return logits[label] - highest - StrictMath.log(sum);
  }

  private static int best(float[] logits) {
    int best = 0;
    for (int c = 1; c < logits.length; c++) {
      best = logits[c] > logits[best] ? c : best;
    }
    return best;
  }

  static void checkLogits(NDArray logits, Shape expected, LabelSpace labels) {
    if (!logits.getShape().equals(new ai.djl.ndarray.types.Shape(expected.toArray()))) {
      throw new IllegalArgumentException(
          "expected logits "
              + expected
              + " for label space "
              + labels.name()
              + ", found "
              + logits.getShape()
              + ": train a head for this label space");
    }
  }

  static void checkUsed(SortedSet<String> trained, SortedSet<String> used) {
    SortedSet<String> unused = new TreeSet<>(trained);
    unused.removeAll(used);
    if (!unused.isEmpty()) {
      throw new IllegalArgumentException(
          "expected to train parameters that the architecture uses, found that it never uses "
              + unused);
    }
  }

  private void checkDropped(Dropout.Step masks) {
    SortedSet<String> untouched = masks.untouched(new TreeSet<>(parameters.factors().keySet()));
    if (!dropout.isNone() && !untouched.isEmpty()) {
      throw new IllegalArgumentException(
          "expected dropout at linear layers, found that the architecture takes these weights in"
              + " full: "
              + untouched);
    }
  }
}
