package io.medforge.study;

import io.medforge.plugin.LabelSpace;
import io.medforge.runtime.ModelInput;

/**
 * Training patients as the model sees them: inputs {@code [n, measurements]}, standardized, and n
 * classes. Immutable.
 */
final class TrainingRows {
  /** What the model's outputs mean; in the order of the data file. */
  static final LabelSpace LABELS = LabelSpace.of("wdbc-diagnosis", "malignant", "benign");

  private final ModelInput inputs;
  private final int[] classes;

  private TrainingRows(ModelInput inputs, int[] classes) {
    this.inputs = inputs;
    this.classes = classes;
  }

  static TrainingRows of(Cohort cohort, Standardization scale) {
    return new TrainingRows(ModelInput.ofRows(scale.apply(cohort)), cohort.diagnoses());
  }

  ModelInput inputs() {
    return inputs;
  }

  int[] classes() {
    return classes.clone();
  }

  int size() {
    return classes.length;
  }
}
