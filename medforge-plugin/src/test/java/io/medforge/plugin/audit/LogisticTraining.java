package io.medforge.plugin.audit;

import io.medforge.plugin.PluginModule;
import java.util.Arrays;
import java.util.Random;

/** Gradient descent on the logistic loss, with per-patient clipping and Gaussian noise if asked. */
final class LogisticTraining {
  private final int steps;
  private final double rate;
  private final double clip;
  private final double noiseMultiplier;

  private LogisticTraining(int steps, double rate, double clip, double noiseMultiplier) {
    this.steps = steps;
    this.rate = rate;
    this.clip = clip;
    this.noiseMultiplier = noiseMultiplier;
  }

  static LogisticTraining plain(int steps, double rate) {
    return new LogisticTraining(steps, rate, Double.POSITIVE_INFINITY, 0);
  }

  /** Every step sums all patients' gradients, each clipped to norm 1, and adds noise. */
  static LogisticTraining withNoise(int steps, double rate, double noiseMultiplier) {
    return new LogisticTraining(steps, rate, 1, noiseMultiplier);
  }

  PluginModule train(Cohort cohort, long seed) {
    double[][] rows = Cohort.rows(cohort.inputs());
    Random random = new Random(seed);
    double[] weights = new double[rows[0].length];
    for (int step = 0; step < steps; step++) {
      double[] sum = new double[weights.length];
      for (int row = 0; row < rows.length; row++) {
        double probability = 1 / (1 + StrictMath.exp(-dot(weights, rows[row])));
        double error = probability - cohort.classOf(row);
        double norm = Math.abs(error) * StrictMath.sqrt(dot(rows[row], rows[row]));
        double factor = error * Math.min(1, clip / Math.max(norm, 1e-300));
        for (int i = 0; i < sum.length; i++) {
          sum[i] += factor * rows[row][i];
        }
      }
      for (int i = 0; i < sum.length; i++) {
        double noise = noiseMultiplier == 0 ? 0 : noiseMultiplier * clip * random.nextGaussian();
        weights[i] -= rate * (sum[i] + noise) / rows.length;
      }
    }
    return LogisticRuntime.plugin(weights);
  }

  static double dot(double[] one, double[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += one[i] * other[i];
    }
    return sum;
  }

  /** Gaussian rows whose class depends on the first column, and on a coin otherwise. */
  static Cohort patients(long seed, int count, int width, double signal) {
    Random random = new Random(seed);
    float[][] rows = new float[count][width];
    int[] classes = new int[count];
    for (int row = 0; row < count; row++) {
      for (int i = 0; i < width; i++) {
        rows[row][i] = (float) random.nextGaussian();
      }
      classes[row] = signal * rows[row][0] + random.nextGaussian() > 0 ? 1 : 0;
    }
    return Cohort.of(io.medforge.runtime.ModelInput.ofRows(rows), classes);
  }

  static int[] balanced(int count) {
    int[] classes = new int[count];
    Arrays.setAll(classes, i -> i % 2);
    return classes;
  }
}
