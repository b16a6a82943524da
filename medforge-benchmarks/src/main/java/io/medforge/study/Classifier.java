package io.medforge.study;

/** A method of the final table: a pure function of standardized measurements. */
@FunctionalInterface
interface Classifier {
  /**
   * Scores patients.
   *
   * @param inputs {@code [n, measurements]}, standardized
   * @return n probabilities of malignancy, 0 to 1
   */
  double[] malignancy(float[][] inputs);
}
