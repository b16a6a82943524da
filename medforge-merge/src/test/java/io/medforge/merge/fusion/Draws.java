package io.medforge.merge.fusion;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/** Results of one merge under many seeds, held against another program's moments. */
final class Draws {
  private static final double DEVIATIONS = 5;

  private final List<double[]> draws = new ArrayList<>();
  private final int elements;

  Draws(int elements) {
    this.elements = elements;
  }

  void add(double[] draw) {
    draws.add(draw);
  }

  /** Mean, variance and the part of draws that are not zero agree to five standard errors. */
  void assertLike(
      double[] mean, double[] variance, double[] fourthMoment, double[] nonzero, int trials) {
    double perDraw = 1.0 / draws.size() + 1.0 / trials;
    for (int i = 0; i < elements; i++) {
      double ownMean = 0;
      double ownNonzero = 0;
      for (double[] draw : draws) {
        ownMean += draw[i] / draws.size();
        ownNonzero += draw[i] != 0 ? 1.0 / draws.size() : 0;
      }
      double ownVariance = 0;
      for (double[] draw : draws) {
        double off = draw[i] - ownMean;
        ownVariance += off * off / (draws.size() - 1);
      }
      double size = Math.abs(mean[i]) + Math.sqrt(variance[i]);
      assertThat(Math.abs(ownMean - mean[i]))
          .as("mean of element %d", i)
          .isLessThanOrEqualTo(DEVIATIONS * Math.sqrt(variance[i] * perDraw) + 1e-5 * size);
      // A sample variance is taken about the sample mean, which is itself off by a few deviations.
      double aboutTheMean = DEVIATIONS * DEVIATIONS * variance[i] * perDraw;
      double spread = Math.max(0, fourthMoment[i] - variance[i] * variance[i]);
      assertThat(Math.abs(ownVariance - variance[i]))
          .as("variance of element %d", i)
          .isLessThanOrEqualTo(
              DEVIATIONS * Math.sqrt(spread * perDraw) + aboutTheMean + 1e-9 * size * size);
      double p = nonzero[i];
      assertThat(Math.abs(ownNonzero - p))
          .as("part of draws of element %d that are not zero", i)
          .isLessThanOrEqualTo(DEVIATIONS * Math.sqrt(p * (1 - p) * perDraw) + 1e-12);
    }
  }
}
