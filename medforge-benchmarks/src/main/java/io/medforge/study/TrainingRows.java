package io.medforge.study;

import io.medforge.plugin.LabelSpace;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.util.List;

/**
 * Labelled rows as the model sees them: inputs {@code [n, measurements]}, standardized, and n
 * classes. Training patients or synthetic examples, never test patients. Immutable.
 */
final class TrainingRows {
  /** What the model's outputs mean; in the order of the data file. */
  static final LabelSpace LABELS = LabelSpace.of("wdbc-diagnosis", "malignant", "benign");

  private final float[][] inputs;
  private final int[] classes;

  private TrainingRows(float[][] inputs, int[] classes) {
    this.inputs = inputs;
    this.classes = classes;
  }

  static TrainingRows of(Cohort cohort, Standardization scale) {
    return new TrainingRows(scale.apply(cohort), cohort.diagnoses());
  }

  /** All examples of some distilled sets, one set after another. */
  static TrainingRows of(List<DistilledSet> sets) {
    int size = sets.stream().mapToInt(DistilledSet::size).sum();
    float[][] inputs = new float[size][];
    int[] classes = new int[size];
    int at = 0;
    for (DistilledSet set : sets) {
      float[] values = set.inputs().values().toFloats();
      int width = values.length / set.size();
      for (int i = 0; i < set.size(); i++, at++) {
        inputs[at] = new float[width];
        System.arraycopy(values, i * width, inputs[at], 0, width);
        classes[at] = set.classOf(i);
      }
    }
    return new TrainingRows(inputs, classes);
  }

  ModelInput inputs() {
    return ModelInput.ofRows(inputs);
  }

  int[] classes() {
    return classes.clone();
  }

  int size() {
    return classes.length;
  }

  /** A classifier's mean log-loss on these rows, in nats. */
  double logLoss(Classifier classifier) {
    double[] malignancy = classifier.malignancy(inputs);
    double sum = 0;
    for (int i = 0; i < classes.length; i++) {
      double right = classes[i] == Cohort.MALIGNANT ? malignancy[i] : 1 - malignancy[i];
      sum -= StrictMath.log(Math.max(right, Double.MIN_NORMAL));
    }
    return sum / classes.length;
  }
}
