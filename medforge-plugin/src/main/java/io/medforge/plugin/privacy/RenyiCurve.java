package io.medforge.plugin.privacy;

import java.util.Arrays;
import java.util.List;

/**
 * The Rényi divergence of all mechanisms that touched the same patients, at the integer orders 2 to
 * 256. Divergences of mechanisms add, whatever each mechanism saw of the others' answers; that is
 * why this curve, and not epsilon, is what a ledger composes. Immutable.
 *
 * <p>One step of the sampled Gaussian (Mironov, Talwar and Zhang 2019, arXiv 1908.10530): {@code
 * log(sum over k = 0..alpha of C(alpha, k) (1-q)^(alpha-k) q^k exp((k^2 - k) / (2 sigma^2))) /
 * (alpha - 1)}; at q = 1 that is {@code alpha / (2 sigma^2)}. Orders between integers would be
 * slightly tighter, never looser.
 */
public final class RenyiCurve {
  static final int LEAST_ORDER = 2;
  static final int GREATEST_ORDER = 256;

  private static final RenyiCurve NOTHING =
      new RenyiCurve(new double[GREATEST_ORDER - LEAST_ORDER + 1]);

  private final double[] divergences;

  private RenyiCurve(double[] owned) {
    this.divergences = owned;
  }

  /**
   * The curve of who touched no patient.
   *
   * @return 0 at every order
   */
  public static RenyiCurve nothing() {
    return NOTHING;
  }

  /**
   * The curve of mechanisms that touched the same patients one after another.
   *
   * @param mechanisms in any order
   * @return their sum
   */
  public static RenyiCurve of(SampledGaussian... mechanisms) {
    return of(List.of(mechanisms));
  }

  /**
   * The curve of mechanisms that touched the same patients one after another.
   *
   * @param mechanisms in any order
   * @return their sum
   */
  public static RenyiCurve of(List<SampledGaussian> mechanisms) {
    RenyiCurve sum = NOTHING;
    for (SampledGaussian mechanism : mechanisms) {
      double[] own = new double[NOTHING.divergences.length];
      for (int i = 0; i < own.length; i++) {
        own[i] = mechanism.steps() * ofOneStep(mechanism, LEAST_ORDER + i);
      }
      sum = sum.plus(new RenyiCurve(own));
    }
    return sum;
  }

  /**
   * Composes two curves over the same patients. Over disjoint patients nothing adds: the greater
   * loss of the two holds.
   *
   * @param other what else touched them
   * @return the sum
   */
  public RenyiCurve plus(RenyiCurve other) {
    double[] sum = new double[divergences.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = divergences[i] + other.divergences[i];
    }
    return new RenyiCurve(sum);
  }

  /**
   * The divergence at one order.
   *
   * @param order alpha, 2 to 256
   * @return at least 0
   * @throws IndexOutOfBoundsException if the order lies outside its range
   */
  public double at(int order) {
    return divergences[order - LEAST_ORDER];
  }

  /**
   * The loss that this curve amounts to: the least over the orders of {@code rdp - (ln delta + ln
   * alpha) / (alpha - 1) + ln((alpha - 1) / alpha)}, at least 0 (Balle et al., AISTATS 2020).
   *
   * @param delta above 0 and below 1
   * @return epsilon at that delta
   * @throws IllegalArgumentException if delta lies outside its range
   */
  public PrivacyLoss spend(double delta) {
    PrivacyLoss.checkDelta(delta);
    double least = Double.POSITIVE_INFINITY;
    for (int order = LEAST_ORDER; order <= GREATEST_ORDER; order++) {
      least = Math.min(least, epsilonAt(order, delta));
    }
    return new PrivacyLoss(Math.max(0, least), delta);
  }

  /** The order at which {@link #spend} finds its least; the lowest one of several. */
  int bestOrder(double delta) {
    int best = LEAST_ORDER;
    for (int order = LEAST_ORDER; order <= GREATEST_ORDER; order++) {
      best = epsilonAt(order, delta) < epsilonAt(best, delta) ? order : best;
    }
    return best;
  }

  private double epsilonAt(int order, double delta) {
    double a = order;
    return at(order)
        - (StrictMath.log(delta) + StrictMath.log(a)) / (a - 1)
        + StrictMath.log((a - 1) / a);
  }

  private static double ofOneStep(SampledGaussian mechanism, int order) {
    double q = mechanism.samplingRate();
    double variance = mechanism.noiseMultiplier() * mechanism.noiseMultiplier();
    if (q == 1) {
      return order / (2 * variance);
    }
    double[] terms = new double[order + 1];
    double logChoose = 0;
    for (int k = 0; k <= order; k++) {
      double doubleK = k;
      terms[k] =
          logChoose
              + (order - k) * StrictMath.log1p(-q)
              + k * StrictMath.log(q)
              + (doubleK * doubleK - doubleK) / (2 * variance);
      logChoose += StrictMath.log((double) (order - k)) - StrictMath.log(doubleK + 1);
    }
    // Rounding can leave a tiny negative number where there is next to no loss.
    return Math.max(0, logOfSum(terms) / (order - 1));
  }

  private static double logOfSum(double[] logarithms) {
    double greatest = Arrays.stream(logarithms).max().orElse(Double.NEGATIVE_INFINITY);
    if (Double.isInfinite(greatest)) {
      return greatest;
    }
    double sum = 0;
    for (double logarithm : logarithms) {
      sum += StrictMath.exp(logarithm - greatest);
    }
    return greatest + StrictMath.log(sum);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RenyiCurve that && Arrays.equals(divergences, that.divergences);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(divergences);
  }

  /** For example {@code RenyiCurve[2: 1.0, ..., 256: 128.0]}. */
  @Override
  public String toString() {
    return "RenyiCurve["
        + LEAST_ORDER
        + ": "
        + at(LEAST_ORDER)
        + ", ..., "
        + GREATEST_ORDER
        + ": "
        + at(GREATEST_ORDER)
        + "]";
  }
}
