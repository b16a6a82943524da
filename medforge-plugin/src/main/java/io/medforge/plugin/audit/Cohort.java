package io.medforge.plugin.audit;

import io.medforge.plugin.Tensor;
import io.medforge.runtime.ModelInput;
import java.util.Arrays;

/**
 * Patients with their true classes. Stays within the hospital. Immutable; its text names no value.
 */
public final class Cohort {
  private final ModelInput inputs;
  private final int[] classes;

  private Cohort(ModelInput inputs, int[] classes) {
    this.inputs = inputs;
    this.classes = classes;
  }

  /**
   * A cohort.
   *
   * @param inputs {@code [n, ...]}, one patient each, finite
   * @param classes each patient's class, at least 0; copied
   * @return the cohort
   * @throws IllegalArgumentException if there is not one class per patient, a class is negative or
   *     an input is not finite; the message names the row, never a value
   */
  public static Cohort of(ModelInput inputs, int... classes) {
    if (classes.length != inputs.size()) {
      throw new IllegalArgumentException(
          "expected one class for each of " + inputs.size() + " rows, found " + classes.length);
    }
    for (int row = 0; row < classes.length; row++) {
      if (classes[row] < 0) {
        throw new IllegalArgumentException(
            "expected a class of at least 0, found a negative one, at row " + row);
      }
    }
    Cohort cohort = new Cohort(inputs, classes.clone());
    double[] values = new double[cohort.width()];
    for (int row = 0; row < classes.length; row++) {
      cohort.read(row, values);
      for (int column = 0; column < values.length; column++) {
        if (!Double.isFinite(values[column])) {
          throw new IllegalArgumentException(
              "expected finite inputs, found a missing or infinite one, at row "
                  + row
                  + ", column "
                  + column);
        }
      }
    }
    return cohort;
  }

  /**
   * The patients.
   *
   * @return {@code [n, ...]}
   */
  public ModelInput inputs() {
    return inputs;
  }

  /**
   * The number of patients.
   *
   * @return at least 1
   */
  public int size() {
    return classes.length;
  }

  /**
   * One patient's class.
   *
   * @param row the patient, 0 to n - 1
   * @return at least 0
   * @throws IndexOutOfBoundsException if there is no such patient
   */
  public int classOf(int row) {
    return classes[row];
  }

  /**
   * Every patient's class.
   *
   * @return a new array
   */
  public int[] classes() {
    return classes.clone();
  }

  /** Values per row. */
  int width() {
    return Math.toIntExact(inputs.values().shape().elements() / inputs.size());
  }

  void read(int row, double[] into) {
    inputs.values().read((long) row * into.length, into, 0, into.length);
  }

  /** All rows, flattened. */
  static double[][] rows(ModelInput batch) {
    Tensor values = batch.values();
    int width = Math.toIntExact(values.shape().elements() / batch.size());
    double[][] rows = new double[batch.size()][width];
    for (int row = 0; row < rows.length; row++) {
      values.read((long) row * width, rows[row], 0, width);
    }
    return rows;
  }

  /** How many there are of each class; no value. */
  int count(int label) {
    return (int) Arrays.stream(classes).filter(each -> each == label).count();
  }

  /** How many patients there are. */
  @Override
  public String toString() {
    return "Cohort[" + size() + " patients]";
  }
}
