package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.alignment.LowRankGram;
import java.util.Collections;
import java.util.List;

/** The Riemannian mean of directions on the sphere, by coefficients of the deltas alone. */
record KarcherRule() implements GramRule {
  /*
   * The Karcher mean mu = sum m_i u_i of unit deltas u_i is found by steps along the mean of the
   * logarithms: T = sum alpha_i (theta_i / sin theta_i) (u_i - cos(theta_i) mu), mu <- cos|T| mu +
   * sin|T| T / |T|. Everything is a combination of the u_i, so cosines C_ij = <u_i, u_j> suffice:
   * cos(theta_i) = (C m)_i and |T|^2 = t^T C t.
   */
  private static final double COLINEAR = 1e-8;
  private static final double VANISHED = 1e-9;
  private static final double TOLERANCE = 1e-12;
  private static final int MAX_STEPS = 10_000;

  @Override
  public RuleDescription description() {
    return new RuleDescription(
        "karcher",
        Collections.emptySortedMap(),
        List.of(FusionSpace.PRODUCT, FusionSpace.DENSE),
        false,
        false);
  }

  @Override
  public List<Double> coefficients(LowRankGram gram, List<Double> shares) {
    int n = gram.size();
    if (n == 1) {
      return shares;
    }
    double[] alpha = new double[n];
    double total = 0;
    double meanNorm = 0;
    for (int i = 0; i < n; i++) {
      meanNorm += shares.get(i) * gram.norm(i);
      alpha[i] = gram.norm(i) == 0 ? 0 : shares.get(i);
      total += alpha[i];
    }
    if (total == 0) {
      return Collections.nCopies(n, 0.0);
    }
    for (int i = 0; i < n; i++) {
      alpha[i] /= total;
    }
    double[] mean = meanDirection(cosines(gram), alpha, gram);
    Double[] coefficients = new Double[n];
    for (int i = 0; i < n; i++) {
      coefficients[i] = mean[i] == 0 ? 0 : mean[i] * (meanNorm / gram.norm(i));
    }
    return List.of(coefficients);
  }

  private static double[] meanDirection(double[][] cosines, double[] alpha, LowRankGram gram) {
    double norm = norm(cosines, alpha);
    if (!(norm > VANISHED)) {
      throw new IncompatiblePluginsException(
          "expected directions with a mean, found that they cancel, at plugins " + gram.plugins());
    }
    double[] mean = alpha.clone();
    scale(mean, 1 / norm);
    for (int step = 0; step < MAX_STEPS; step++) {
      double[] tangent = meanLogarithm(cosines, alpha, mean);
      double length = norm(cosines, tangent);
      if (length <= TOLERANCE) {
        return mean;
      }
      double cosine = StrictMath.cos(length);
      double along = StrictMath.sin(length) / length;
      for (int i = 0; i < mean.length; i++) {
        mean[i] = cosine * mean[i] + along * tangent[i];
      }
      // Keeps rounding errors from growing.
      scale(mean, 1 / norm(cosines, mean));
    }
    throw new IncompatiblePluginsException(
        "expected the Karcher mean to converge within "
            + MAX_STEPS
            + " steps, at plugins "
            + gram.plugins()
            + " (directions that span more than half a sphere need not have one)");
  }

  private static double[] meanLogarithm(double[][] cosines, double[] alpha, double[] mean) {
    double[] tangent = new double[mean.length];
    double back = 0;
    for (int i = 0; i < mean.length; i++) {
      double cosine = 0;
      for (int j = 0; j < mean.length; j++) {
        cosine += cosines[i][j] * mean[j];
      }
      double clamped = Math.max(-1, Math.min(1, cosine));
      double sine = Math.sqrt((1 - clamped) * (1 + clamped));
      double stretch = sine < COLINEAR ? 1 : StrictMath.atan2(sine, clamped) / sine;
      tangent[i] = alpha[i] * stretch;
      back += alpha[i] * stretch * clamped;
    }
    for (int i = 0; i < mean.length; i++) {
      tangent[i] -= back * mean[i];
    }
    return tangent;
  }

  private static double[][] cosines(LowRankGram gram) {
    double[][] cosines = new double[gram.size()][gram.size()];
    for (int i = 0; i < gram.size(); i++) {
      for (int j = 0; j < gram.size(); j++) {
        cosines[i][j] = gram.cosine(i, j);
      }
    }
    return cosines;
  }

  private static double norm(double[][] cosines, double[] x) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x.length; j++) {
        sum += x[i] * cosines[i][j] * x[j];
      }
    }
    return Math.sqrt(Math.max(0, sum));
  }

  private static void scale(double[] x, double factor) {
    for (int i = 0; i < x.length; i++) {
      x[i] *= factor;
    }
  }
}
