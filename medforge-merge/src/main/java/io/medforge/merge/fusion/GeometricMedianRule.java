package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.alignment.LowRankGram;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** The point of least summed distance. */
record GeometricMedianRule() implements GramRule {
  /*
   * The objective is convex. A plugin x_k is its minimum if the pull of the others, |sum alpha_i (x_i -
   * x_k) / |x_i - x_k||, is at most the share of the plugins at x_k (Vardi and Zhang); that is asked
   * first, since Weiszfeld's iteration approaches such a minimum only sublinearly. Otherwise v <- sum
   * beta_i x_i / sum beta_i with beta_i = alpha_i / |v - x_i|, from the mean. Should v come to lie on a
   * plugin, which is not the minimum, the step is shortened by that plugin's share of the pull, so it
   * leaves again. Distances from a Gram matrix cannot be told from zero below 1e-7 of the norm.
   */
  private static final double COINCIDENT = 1e-14;
  private static final double TOLERANCE = 1e-10;
  private static final int MAX_STEPS = 100_000;

  @Override
  public RuleDescription description() {
    return new RuleDescription(
        "geometric-median",
        Collections.emptySortedMap(),
        List.of(FusionSpace.PRODUCT, FusionSpace.FACTORS, FusionSpace.DENSE),
        false,
        false);
  }

  @Override
  public List<Double> coefficients(LowRankGram gram, List<Double> shares) {
    double[] alpha = shares.stream().mapToDouble(Double::doubleValue).toArray();
    LowRankGram centred = centred(gram, alpha);
    for (int k = 0; k < alpha.length; k++) {
      if (alpha[k] > 0 && isMinimum(gram, centred, alpha, k)) {
        return together(gram, alpha, k);
      }
    }
    double[] c = alpha.clone();
    for (int step = 0; step < MAX_STEPS; step++) {
      double[] distances = ClippingRule.distances(centred, c);
      double[] next = next(centred, alpha, distances);
      double meanDistance = 0;
      double[] move = new double[c.length];
      for (int i = 0; i < c.length; i++) {
        meanDistance += alpha[i] * distances[i];
        move[i] = next[i] - c[i];
      }
      c = next;
      if (Math.sqrt(centred.squaredNorm(move)) <= TOLERANCE * meanDistance) {
        return Arrays.stream(c).boxed().toList();
      }
    }
    throw new IncompatiblePluginsException(
        "expected the geometric median to converge within "
            + MAX_STEPS
            + " steps, at plugins "
            + gram.plugins());
  }

  /** Inner products around the plugin of least summed distance, so that little cancels. */
  private static LowRankGram centred(LowRankGram gram, double[] alpha) {
    int n = alpha.length;
    int centre = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int j = 0; j < n; j++) {
        sum += alpha[j] * Math.sqrt(gram.squaredDistance(i, j));
      }
      if (sum < least) {
        least = sum;
        centre = i;
      }
    }
    double[][] inner = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        inner[i][j] =
            gram.inner(i, j)
                - gram.inner(i, centre)
                - (gram.inner(j, centre) - gram.inner(centre, centre));
        inner[j][i] = inner[i][j];
      }
    }
    return LowRankGram.ofInnerProducts(gram.plugins(), inner);
  }

  private static boolean isMinimum(LowRankGram gram, LowRankGram centred, double[] alpha, int k) {
    double share = 0;
    double[] pull = new double[alpha.length];
    for (int i = 0; i < alpha.length; i++) {
      if (coincide(gram, i, k)) {
        share += alpha[i];
      } else {
        double towards = alpha[i] / Math.sqrt(centred.squaredDistance(i, k));
        pull[i] += towards;
        pull[k] -= towards;
      }
    }
    // Strictly, so that the middle of two equal plugins is not one of them.
    return Math.sqrt(centred.squaredNorm(pull)) < share * (1 - 1e-9);
  }

  private static boolean coincide(LowRankGram gram, int i, int k) {
    double size = Math.max(gram.inner(i, i), gram.inner(k, k));
    return i == k || gram.squaredDistance(i, k) <= COINCIDENT * size;
  }

  /** The mean of the plugins at one place. */
  private static List<Double> together(LowRankGram gram, double[] alpha, int k) {
    double share = 0;
    for (int i = 0; i < alpha.length; i++) {
      share += coincide(gram, i, k) ? alpha[i] : 0;
    }
    Double[] coefficients = new Double[alpha.length];
    for (int i = 0; i < alpha.length; i++) {
      coefficients[i] = coincide(gram, i, k) ? alpha[i] / share : 0;
    }
    return List.of(coefficients);
  }

  private static double[] next(LowRankGram centred, double[] alpha, double[] distances) {
    int n = alpha.length;
    double farthest = Arrays.stream(distances).max().orElse(0);
    double[] beta = new double[n];
    double total = 0;
    double here = 0;
    for (int i = 0; i < n; i++) {
      if (distances[i] <= Math.sqrt(COINCIDENT) * farthest) {
        here += alpha[i];
      } else {
        beta[i] = alpha[i] / distances[i];
        total += beta[i];
      }
    }
    double[] next = new double[n];
    for (int i = 0; i < n; i++) {
      next[i] = total == 0 ? alpha[i] : beta[i] / total;
    }
    return here == 0 || total == 0 ? next : held(centred, alpha, distances, next, here, total);
  }

  /** The step from a plugin: shortened by what holds v there. */
  private static double[] held(
      LowRankGram centred,
      double[] alpha,
      double[] distances,
      double[] next,
      double here,
      double total) {
    double farthest = Arrays.stream(distances).max().orElse(0);
    double[] at = new double[alpha.length];
    double[] pull = new double[alpha.length];
    for (int i = 0; i < alpha.length; i++) {
      at[i] = distances[i] <= Math.sqrt(COINCIDENT) * farthest ? alpha[i] / here : 0;
      pull[i] = total * (next[i] - at[i]);
    }
    double hold = Math.min(1, here / Math.sqrt(centred.squaredNorm(pull)));
    double[] shortened = new double[alpha.length];
    for (int i = 0; i < alpha.length; i++) {
      shortened[i] = (1 - hold) * next[i] + hold * at[i];
    }
    return shortened;
  }
}
