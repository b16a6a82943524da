package io.medforge.forge.admission;

import io.medforge.runtime.Outputs;
import java.util.Arrays;
import java.util.Random;

/** The true class's probability, by resampling examples. */
record BootstrapPairedTest(long seed) implements PairedTest {
  private static final int FEWEST_EXAMPLES = 20;
  private static final int FEWEST_RESAMPLES = 2000;
  private static final int MOST_RESAMPLES = 100_000;

  /** A percentile needs some resamples beyond it. */
  private static final int BEYOND = 20;

  @Override
  public String description() {
    return "percentile bootstrap of the true class's probability, seed " + seed;
  }

  @Override
  public double score(Outputs outputs, int row, int label) {
    return outputs.probabilities(row)[label];
  }

  @Override
  public Bounds bounds(double[] worsening, double alpha) {
    double wanted = Math.max(FEWEST_RESAMPLES, Math.ceil(BEYOND / alpha));
    if (worsening.length < FEWEST_EXAMPLES || wanted > MOST_RESAMPLES) {
      return new Bounds(-1, 1);
    }
    Random random = new Random(seed);
    double[] means = new double[(int) wanted];
    for (int b = 0; b < means.length; b++) {
      double sum = 0;
      for (int i = 0; i < worsening.length; i++) {
        sum += worsening[random.nextInt(worsening.length)];
      }
      means[b] = sum / worsening.length;
    }
    Arrays.sort(means);
    int beyond = (int) Math.floor(alpha * means.length);
    return new Bounds(means[beyond], means[means.length - 1 - beyond]);
  }
}
