package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.medforge.runtime.djl.BoundLayers;
import io.medforge.runtime.djl.HostArray;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Minimises t^2 KL(q || softmax(z / t)), the teacher's answers q being softened by the same
 * temperature t, in batches whose order is drawn anew for each epoch. Not thread-safe.
 */
final class ImitationSteps {
  private final LoraTraining student;
  private final Trainables parameters;
  private final TaughtRows rows;
  private final double temperature;
  private final Dropout dropout;

  ImitationSteps(LoraTraining student, Trainables parameters, TaughtRows rows, double temperature) {
    this.student = student;
    this.parameters = parameters;
    this.rows = rows;
    this.temperature = temperature;
    this.dropout = new Dropout(student.dropout(), student.options().seed());
  }

  /** Trains the parameters in place on some of the rows. */
  void run(int[] training) {
    TrainingOptions options = student.options();
    int full = Math.min(options.batchSize(), training.length);
    Batch whole = new Batch(full);
    Batch rest = new Batch(training.length % full);
    int stepsPerEpoch = (training.length + full - 1) / full;
    long steps = (long) stepsPerEpoch * options.epochs();
    try (Descent descent = new Descent(parameters.arrays(), options)) {
      for (int epoch = 0; epoch < options.epochs(); epoch++) {
        int[] order = SeededRandom.of(options.seed(), "order", epoch).permutation(training.length);
        for (int i = 0; i < stepsPerEpoch; i++) {
          long step = (long) epoch * stepsPerEpoch + i;
          Batch batch = order.length - i * full < full ? rest : whole;
          batch.fill(training, order, i * full);
          descent.step(
              (scope, leaves) -> loss(batch, step, scope, leaves),
              options.schedule().factor(step, steps));
        }
      }
    }
  }

  /* The divergence but for the teacher's own entropy, which no student changes: a sum of products
   * with targets -t^2 q / n. Only arrays meet: a number would corrupt gradients. */
  private NDArray loss(Batch batch, long step, NDManager scope, List<NDArray> leaves) {
    BoundLayers layers = parameters.bind(scope, leaves, dropout.at(scope, step));
    NDArray logits = student.network().architecture().forward(layers, batch.inputs.in(scope));
    ClassifierLoss.checkUsed(parameters.names(), layers.used());
    ClassifierLoss.checkLogits(logits, batch.targets.shape(), student.labels());
    NDArray inverse = scope.full(new Shape(1), (float) (1 / temperature));
    return logits.mul(inverse).logSoftmax(1).mul(batch.targets.in(scope)).sum();
  }

  /** q_c in proportion to p_c^(1/t). */
  static double[] softened(double[] probabilities, double temperature) {
    double[] softened = new double[probabilities.length];
    double sum = 0;
    for (int c = 0; c < softened.length; c++) {
      softened[c] = StrictMath.pow(probabilities[c], 1 / temperature);
      sum += softened[c];
    }
    for (int c = 0; c < softened.length; c++) {
      softened[c] /= sum;
    }
    return softened;
  }

  /** Memory for some rows and their targets, filled again and again. */
  private final class Batch {
    final HostArray inputs;
    final HostArray targets;

    Batch(int size) {
      this.inputs = HostArray.zeros(rows.shape(size));
      this.targets = HostArray.zeros(io.medforge.plugin.Shape.of(size, student.labels().size()));
    }

    void fill(int[] training, int[] order, int from) {
      FloatBuffer values = inputs.values();
      FloatBuffer goals = targets.values();
      float[] row = new float[rows.width()];
      int size = Math.toIntExact(targets.shape().dimension(0));
      double share = -temperature * temperature / size;
      for (int i = 0; i < size; i++) {
        int at = training[order[from + i]];
        rows.read(at, row);
        values.put(row);
        for (double goal : softened(rows.answer(at), temperature)) {
          goals.put((float) (share * goal));
        }
      }
    }
  }
}
