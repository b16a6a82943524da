package io.medforge.study.heart;

/**
 * Logistic regression with a ridge on every parameter, the intercept included: the maximum of sum
 * log p - lambda |theta|^2 / 2, by Newton's method. The ridge pulls towards the base, whose
 * parameters are 0; it is what keeps a hospital with patients of one class only from an infinite
 * intercept. Convex: the optimum does not depend on a start or a seed.
 */
final class RidgeRegression {
  private static final int MAX_STEPS = 100;
  private static final double SMALL = 1e-10;

  private final double lambda;

  /**
   * A regression.
   *
   * @param lambda above 0, in patients: as strong as so many of unit features
   */
  RidgeRegression(double lambda) {
    this.lambda = lambda;
  }

  LogisticModel fit(CentreRows rows) {
    int width = rows.width() + 1;
    double[] theta = new double[width];
    for (int step = 0; step < MAX_STEPS; step++) {
      double[] gradient = new double[width];
      double[][] hessian = new double[width][width];
      accumulate(rows, theta, gradient, hessian);
      double[] move = solve(hessian, gradient);
      double largest = 0;
      for (int i = 0; i < width; i++) {
        theta[i] -= move[i];
        largest = Math.max(largest, Math.abs(move[i]));
      }
      if (largest < SMALL) {
        return new LogisticModel(theta);
      }
    }
    throw new IllegalStateException(
        "expected Newton's method to end, found it moving after " + MAX_STEPS + " steps");
  }

  private void accumulate(CentreRows rows, double[] theta, double[] gradient, double[][] hessian) {
    int width = theta.length;
    for (int i = 0; i < width; i++) {
      gradient[i] = lambda * theta[i];
      hessian[i][i] = lambda;
    }
    double[] x = new double[width];
    x[width - 1] = 1;
    for (int n = 0; n < rows.size(); n++) {
      float[] row = rows.row(n);
      for (int f = 0; f < row.length; f++) {
        x[f] = row[f];
      }
      double p = LogisticModel.sigmoid(LogisticModel.logit(theta, row));
      double error = p - (rows.classOf(n) == CentreRows.DISEASED ? 1 : 0);
      double curvature = p * (1 - p);
      for (int i = 0; i < width; i++) {
        gradient[i] += error * x[i];
        for (int j = 0; j <= i; j++) {
          hessian[i][j] += curvature * x[i] * x[j];
        }
      }
    }
  }

  /** Solves L L^T v = g for a positive definite matrix given by its lower half, in place. */
  private static double[] solve(double[][] matrix, double[] g) {
    int n = g.length;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = matrix[i][j];
        for (int k = 0; k < j; k++) {
          sum -= matrix[i][k] * matrix[j][k];
        }
        matrix[i][j] = i == j ? Math.sqrt(sum) : sum / matrix[j][j];
      }
    }
    double[] v = g.clone();
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < i; k++) {
        v[i] -= matrix[i][k] * v[k];
      }
      v[i] /= matrix[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
      for (int k = i + 1; k < n; k++) {
        v[i] -= matrix[k][i] * v[k];
      }
      v[i] /= matrix[i][i];
    }
    return v;
  }
}
