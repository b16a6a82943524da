package io.medforge.study;

import java.util.Arrays;
import java.util.List;

/** Patients: one row of measurements and one diagnosis each. Immutable. */
public final class Cohort {
  /** The class of a malignant mass. */
  static final int MALIGNANT = 0;

  /** The class of a benign mass. */
  static final int BENIGN = 1;

  private final double[][] rows;
  private final int[] diagnoses;

  private Cohort(double[][] rows, int[] diagnoses) {
    this.rows = rows;
    this.diagnoses = diagnoses;
  }

  /**
   * Patients.
   *
   * @param rows {@code [n, measurements]}; copied
   * @param diagnoses n classes, {@link #MALIGNANT} or {@link #BENIGN}; copied
   * @return the cohort
   * @throws IllegalArgumentException if there is no patient, or rows, diagnoses or values do not
   *     fit; the message names the row
   */
  static Cohort of(double[][] rows, int[] diagnoses) {
    if (rows.length == 0 || rows.length != diagnoses.length) {
      throw new IllegalArgumentException(
          "expected one diagnosis per patient and at least one patient, found "
              + rows.length
              + " rows and "
              + diagnoses.length
              + " diagnoses");
    }
    double[][] copies = new double[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      checkRow(i, rows[i], rows[0].length, diagnoses[i]);
      copies[i] = rows[i].clone();
    }
    return new Cohort(copies, diagnoses.clone());
  }

  private static void checkRow(int index, double[] row, int width, int diagnosis) {
    if (row.length != width || diagnosis < MALIGNANT || diagnosis > BENIGN) {
      throw new IllegalArgumentException(
          "expected "
              + width
              + " measurements and class 0 or 1, found "
              + row.length
              + " and class "
              + diagnosis
              + ", at row "
              + index);
    }
    for (double value : row) {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException(
            "expected finite measurements, found " + value + ", at row " + index);
      }
    }
  }

  /**
   * All patients of several cohorts, one cohort after another.
   *
   * @param cohorts at least one
   * @return the pooled cohort
   */
  static Cohort pooled(List<Cohort> cohorts) {
    return of(
        cohorts.stream().flatMap(cohort -> Arrays.stream(cohort.rows)).toArray(double[][]::new),
        cohorts.stream().flatMapToInt(cohort -> Arrays.stream(cohort.diagnoses)).toArray());
  }

  int size() {
    return rows.length;
  }

  int measurements() {
    return rows[0].length;
  }

  double[] row(int patient) {
    return rows[patient].clone();
  }

  double value(int patient, int measurement) {
    return rows[patient][measurement];
  }

  int diagnosis(int patient) {
    return diagnoses[patient];
  }

  int[] diagnoses() {
    return diagnoses.clone();
  }

  int malignant() {
    return (int) Arrays.stream(diagnoses).filter(diagnosis -> diagnosis == MALIGNANT).count();
  }

  /** The patients at these indices, in this order. */
  Cohort select(List<Integer> patients) {
    return of(
        patients.stream().map(i -> rows[i]).toArray(double[][]::new),
        patients.stream().mapToInt(i -> diagnoses[i]).toArray());
  }
}
