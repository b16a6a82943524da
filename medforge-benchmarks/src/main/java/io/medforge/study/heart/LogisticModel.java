package io.medforge.study.heart;

import java.util.Arrays;

/**
 * A logistic regression: P(diseased | x) = 1 / (1 + exp(-(w x + b))). Immutable.
 *
 * @param parameters k weights, then the intercept
 */
record LogisticModel(double[] parameters) {
  /** Copies the parameters. */
  LogisticModel {
    parameters = parameters.clone();
  }

  /** All parameters 0: answers one half. */
  static LogisticModel zero(int features) {
    return new LogisticModel(new double[features + 1]);
  }

  @Override
  public double[] parameters() {
    return parameters.clone();
  }

  int features() {
    return parameters.length - 1;
  }

  /** w x + b, summed from the first weight on. */
  double logit(float[] row) {
    return logit(parameters, row);
  }

  double probability(float[] row) {
    return sigmoid(logit(row));
  }

  static double logit(double[] parameters, float[] row) {
    double sum = parameters[row.length];
    for (int f = 0; f < row.length; f++) {
      sum += parameters[f] * row[f];
    }
    return sum;
  }

  /** The same on every JDK. */
  static double sigmoid(double logit) {
    return 1 / (1 + StrictMath.exp(-logit));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LogisticModel model && Arrays.equals(parameters, model.parameters);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(parameters);
  }

  @Override
  public String toString() {
    return "logistic model of " + features() + " features";
  }
}
