package io.medforge.study;

/** Measurements to the model's inputs: (x - mean) / deviation of a reference cohort. Immutable. */
final class Standardization {
  private final double[] means;
  private final double[] deviations;

  private Standardization(double[] means, double[] deviations) {
    this.means = means;
    this.deviations = deviations;
  }

  /**
   * Means and deviations of a cohort.
   *
   * @param reference at least 2 patients, no measurement constant
   * @return the standardization
   * @throws IllegalArgumentException if a measurement does not vary
   */
  static Standardization of(Cohort reference) {
    int width = reference.measurements();
    double[] means = new double[width];
    double[] deviations = new double[width];
    for (int f = 0; f < width; f++) {
      double sum = 0;
      for (int i = 0; i < reference.size(); i++) {
        sum += reference.value(i, f);
      }
      means[f] = sum / reference.size();
      double squares = 0;
      for (int i = 0; i < reference.size(); i++) {
        double d = reference.value(i, f) - means[f];
        squares += d * d;
      }
      deviations[f] = Math.sqrt(squares / (reference.size() - 1));
      if (!(deviations[f] > 0)) {
        throw new IllegalArgumentException(
            "expected measurements that vary, found deviation "
                + deviations[f]
                + ", at measurement "
                + f);
      }
    }
    return new Standardization(means, deviations);
  }

  /** The deviation of one measurement, in its own unit. */
  double deviation(int measurement) {
    return deviations[measurement];
  }

  /**
   * The model's inputs for some patients.
   *
   * @param cohort of as many measurements
   * @return {@code [n, measurements]}
   */
  float[][] apply(Cohort cohort) {
    float[][] inputs = new float[cohort.size()][means.length];
    for (int i = 0; i < cohort.size(); i++) {
      for (int f = 0; f < means.length; f++) {
        inputs[i][f] = (float) ((cohort.value(i, f) - means[f]) / deviations[f]);
      }
    }
    return inputs;
  }
}
