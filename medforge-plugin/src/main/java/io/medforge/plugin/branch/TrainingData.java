package io.medforge.plugin.branch;

import io.medforge.runtime.ModelInput;
import java.util.Optional;

/** What a training learns from, and what it is validated on. Immutable. */
public final class TrainingData {
  private final ModelInput inputs;
  private final int[] classes;
  private final Optional<TrainingData> validation;

  private TrainingData(ModelInput inputs, int[] classes, Optional<TrainingData> validation) {
    this.inputs = inputs;
    this.classes = classes;
    this.validation = validation;
  }

  /**
   * Labelled rows. They are checked when they are trained on.
   *
   * @param inputs {@code [n, ...]}
   * @param classes each row's class, an index into a label space's classes; copied
   * @return the data
   */
  public static TrainingData of(ModelInput inputs, int... classes) {
    return new TrainingData(inputs, classes.clone(), Optional.empty());
  }

  /**
   * These rows, with others to validate on.
   *
   * @param rows {@code [m, ...]}
   * @param rowClasses each row's class; copied
   * @return new data
   */
  public TrainingData validatedOn(ModelInput rows, int... rowClasses) {
    return new TrainingData(inputs, classes, Optional.of(of(rows, rowClasses)));
  }

  ModelInput inputs() {
    return inputs;
  }

  int[] classes() {
    return classes.clone();
  }

  Optional<TrainingData> validation() {
    return validation;
  }
}
