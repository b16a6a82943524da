package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Shape;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.BoundLayers;
import io.medforge.runtime.djl.HostArray;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Minimises the mean cross-entropy of a network on labelled rows, in batches whose order is drawn
 * anew for each epoch.
 */
final class SupervisedTraining {
  private final Architecture architecture;
  private final Trainables parameters;
  private final LabelSpace labels;
  private final TrainingOptions options;

  SupervisedTraining(
      Architecture architecture,
      Trainables parameters,
      LabelSpace labels,
      TrainingOptions options) {
    this.architecture = architecture;
    this.parameters = parameters;
    this.labels = labels;
    this.options = options;
  }

  /** Trains the parameters in place. */
  void run(LabelledRows rows) {
    int full = Math.min(options.batchSize(), rows.size());
    Batch whole = new Batch(rows, full);
    Batch rest = new Batch(rows, rows.size() % full);
    try (Descent descent =
        new Descent(parameters.arrays(), options.learningRate(), options.weightDecay())) {
      for (int epoch = 0; epoch < options.epochs(); epoch++) {
        int[] order = SeededRandom.of(options.seed(), "order", epoch).permutation(rows.size());
        for (int from = 0; from < order.length; from += full) {
          Batch batch = order.length - from < full ? rest : whole;
          batch.fill(rows, order, from);
          descent.step((scope, leaves) -> loss(batch, scope, leaves));
        }
      }
    }
  }

  /* Cross-entropy as a sum of products: the targets hold -1/n at each row's class, so that only
   * arrays meet (a number would corrupt gradients), and logSoftmax keeps it stable. */
  private NDArray loss(Batch batch, NDManager scope, List<NDArray> leaves) {
    BoundLayers layers = parameters.bind(scope, leaves);
    NDArray logits = architecture.forward(layers, batch.inputs.in(scope));
    checkUsed(layers);
    long[] expected = batch.targets.shape().toArray();
    if (!logits.getShape().equals(new ai.djl.ndarray.types.Shape(expected))) {
      throw new IllegalArgumentException(
          "expected logits "
              + batch.targets.shape()
              + " for label space "
              + labels.name()
              + ", found "
              + logits.getShape()
              + ": train a head for this label space");
    }
    return logits.logSoftmax(1).mul(batch.targets.in(scope)).sum();
  }

  private void checkUsed(BoundLayers layers) {
    SortedSet<String> unused = new TreeSet<>(parameters.names());
    unused.removeAll(layers.used());
    if (!unused.isEmpty()) {
      throw new IllegalArgumentException(
          "expected to train parameters that the architecture uses, found that it never uses "
              + unused);
    }
  }

  /** Memory for some rows and their targets, filled again and again. */
  private final class Batch {
    final HostArray inputs;
    final HostArray targets;

    Batch(LabelledRows rows, int size) {
      this.inputs = HostArray.zeros(rows.shape(size));
      this.targets = HostArray.zeros(Shape.of(size, labels.size()));
    }

    void fill(LabelledRows rows, int[] order, int from) {
      rows.read(order, from, inputs);
      int size = Math.toIntExact(targets.shape().dimension(0));
      float share = (float) (-1.0 / size);
      FloatBuffer values = targets.values();
      for (int i = 0; i < size; i++) {
        for (int label = 0; label < labels.size(); label++) {
          values.put(rows.classOf(order[from + i]) == label ? share : 0f);
        }
      }
    }
  }
}
