package io.medforge.study.heart;

/** A logistic regression: P(diseased | x) = 1 / (1 + exp(-(w x + b))). Immutable. */
final class LogisticModel {
  private final double[] parameters;

  /** Copies k weights and then the intercept. */
  LogisticModel(double... parameters) {
    this.parameters = parameters.clone();
  }

  /** All parameters 0: answers one half. */
  static LogisticModel zero(int features) {
    return new LogisticModel(new double[features + 1]);
  }

  /** k weights, then the intercept; a copy. */
  double[] parameters() {
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
}
