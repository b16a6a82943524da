package io.medforge.plugin.branch;

/**
 * Multinomial logistic regression on standardised features, with a small ridge, by Nesterov's
 * accelerated gradient descent: convex, without randomness, in double. Immutable.
 */
final class LinearProbe {
  private static final int STEPS = 300;
  private static final double RIDGE = 1e-3;

  private final double[] mean;
  private final double[] scale;
  private final double[][] weights;

  private LinearProbe(double[] mean, double[] scale, double[][] weights) {
    this.mean = mean;
    this.scale = scale;
    this.weights = weights;
  }

  /** Fits rows {@code [n][width]} and their classes. */
  static LinearProbe fit(double[][] rows, int[] labels, int classes) {
    int width = rows[0].length;
    double[] mean = new double[width];
    double[] scale = new double[width];
    for (double[] row : rows) {
      for (int j = 0; j < width; j++) {
        mean[j] += row[j] / rows.length;
      }
    }
    for (double[] row : rows) {
      for (int j = 0; j < width; j++) {
        scale[j] += (row[j] - mean[j]) * (row[j] - mean[j]) / rows.length;
      }
    }
    for (int j = 0; j < width; j++) {
      scale[j] = scale[j] > 1e-12 ? 1 / Math.sqrt(scale[j]) : 0;
    }
    double[][] x = new double[rows.length][];
    for (int i = 0; i < rows.length; i++) {
      x[i] = standardized(rows[i], mean, scale);
    }
    return new LinearProbe(mean, scale, descend(x, labels, classes, width + 1));
  }

  /** The class that it takes a row for. */
  int answer(double[] row) {
    double[] scores = scores(weights, standardized(row, mean, scale));
    int best = 0;
    for (int c = 1; c < scores.length; c++) {
      best = scores[c] > scores[best] ? c : best;
    }
    return best;
  }

  private static double[][] descend(double[][] x, int[] labels, int classes, int width) {
    // Half the mean squared length of a row bounds the loss's curvature (Boehning 1992).
    double step = 1 / (0.5 * width + RIDGE);
    double[][] weights = new double[classes][width];
    double[][] ahead = new double[classes][width];
    for (int t = 0; t < STEPS; t++) {
      double[][] gradient = gradient(ahead, x, labels);
      double momentum = t / (t + 3.0);
      for (int c = 0; c < classes; c++) {
        for (int j = 0; j < width; j++) {
          double next = ahead[c][j] - step * (gradient[c][j] + RIDGE * ahead[c][j]);
          ahead[c][j] = next + momentum * (next - weights[c][j]);
          weights[c][j] = next;
        }
      }
    }
    return weights;
  }

  private static double[][] gradient(double[][] weights, double[][] x, int[] labels) {
    double[][] gradient = new double[weights.length][weights[0].length];
    for (int i = 0; i < x.length; i++) {
      double[] scores = scores(weights, x[i]);
      double highest = Double.NEGATIVE_INFINITY;
      for (double score : scores) {
        highest = Math.max(highest, score);
      }
      double sum = 0;
      for (int c = 0; c < scores.length; c++) {
        scores[c] = StrictMath.exp(scores[c] - highest);
        sum += scores[c];
      }
      for (int c = 0; c < scores.length; c++) {
        double error = (scores[c] / sum - (labels[i] == c ? 1 : 0)) / x.length;
        for (int j = 0; j < x[i].length; j++) {
          gradient[c][j] += error * x[i][j];
        }
      }
    }
    return gradient;
  }

  private static double[] scores(double[][] weights, double[] x) {
    double[] scores = new double[weights.length];
    for (int c = 0; c < scores.length; c++) {
      for (int j = 0; j < x.length; j++) {
        scores[c] += weights[c][j] * x[j];
      }
    }
    return scores;
  }

  /** With a 1 at the end, for the intercept. */
  private static double[] standardized(double[] row, double[] mean, double[] scale) {
    double[] x = new double[row.length + 1];
    for (int j = 0; j < row.length; j++) {
      x[j] = (row[j] - mean[j]) * scale[j];
    }
    x[row.length] = 1;
    return x;
  }
}
