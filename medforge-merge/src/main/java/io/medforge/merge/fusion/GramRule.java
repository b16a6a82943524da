package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.alignment.LowRankGram;
import java.util.List;

/**
 * An averaging rule that needs nothing but the plugins' inner products to find its coefficients c;
 * its result is {@code sum c_i Delta_i}, exact in product space. Implementations are immutable,
 * thread-safe and deterministic.
 *
 * <p>{@link Fusion#by(GramRule)} finds one coefficient per plugin from whole plugins, as robust
 * selection should: a centre is trusted or not. {@link #perLayer()} finds them layer by layer.
 * Weights enter as shares alpha_i: at least 0 and divided by their sum. Heads of one label space
 * are averaged with the coefficients divided by their sum.
 *
 * <p>Legend: n = number of plugins, G_ij = {@code <Delta_i, Delta_j>}, f = number of plugins that
 * may be faulty or hostile.
 */
public interface GramRule {
  /**
   * What is known before any merge; its spaces are {@link FusionSpace#PRODUCT} and what else can
   * hold a weighted sum.
   *
   * @return the same at every call
   */
  RuleDescription description();

  /**
   * Finds the coefficients.
   *
   * @param gram of n plugins
   * @param shares alpha, n numbers of at least 0 that sum to 1, in the order of the rows
   * @return c, n finite numbers
   * @throws IncompatiblePluginsException if the rule does not apply to these plugins
   */
  List<Double> coefficients(LowRankGram gram, List<Double> shares);

  /**
   * The same rule, asked at each layer for coefficients of that layer, as mergekit asks per tensor.
   * Plugins that lack the layer take no part in it; heads are averaged with the given coefficients.
   *
   * @return a rule for {@link Fusion#by(AveragingRule)}
   */
  default AveragingRule perLayer() {
    return new GramRuleByLayer(this);
  }

  /**
   * Spherical interpolation of two deltas, Shoemake, SIGGRAPH 1985: {@code (sin((1 - t) theta)
   * Delta_1 + sin(t theta) Delta_2) / sin(theta)}, theta the angle between them, t the second
   * plugin's share. This is mergekit's nuslerp with a base: norms are not equalised first. Where
   * sin theta is below 1e-8, and where a delta is zero, the interpolation is linear.
   *
   * @return a rule for exactly two plugins; it refuses other numbers, and opposite deltas, which no
   *     shortest arc joins
   */
  static GramRule slerp() {
    return new SlerpRule();
  }

  /**
   * The Karcher (Riemannian) mean of the deltas' directions on the sphere, times the mean norm:
   * Karcher, CPAM 1977; mergekit's karcher, here with shares. Zero deltas have no direction but
   * count in the mean norm. Iterated until the mean moves by at most 1e-12 radians.
   *
   * @return a rule; it refuses directions whose mean vanishes and iterations that do not converge
   *     within 10,000 steps
   */
  static GramRule karcher() {
    return new KarcherRule();
  }

  /**
   * Model stock, Jang et al., ECCV 2024: the mean of the deltas times {@code t = n c / (1 + (n - 1)
   * c)}, c the mean cosine over pairs. Plugins that agree (c = 1) keep their mean, unrelated ones
   * (c = 0) leave the base alone. The paper, and mergekit, do so per tensor: {@link #perLayer()}.
   *
   * @return a rule; it refuses deltas that oppose each other so that 1 + (n - 1) c is below 1e-6
   */
  static GramRule modelStock() {
    return new ModelStockRule();
  }

  /**
   * The geometric median, which minimises {@code sum alpha_i |Delta_i - v|}: RFA, Pillutla et al.,
   * IEEE TSP 2022, by Weiszfeld's iteration as corrected by Vardi and Zhang, PNAS 2000, on
   * coefficients. Withstands plugins that hold less than half of the shares; costs, when all are
   * honest, little. Iterated until v moves by at most 1e-10 times the mean distance (RFA's own 4
   * steps are far from converged); a plugin that is itself the median is found exactly.
   *
   * @return a rule; it refuses iterations that do not converge within 100,000 steps
   */
  static GramRule geometricMedian() {
    return new GeometricMedianRule();
  }

  /**
   * Krum, Blanchard et al., NeurIPS 2017: the one plugin whose summed squared distances to its n -
   * f - 2 nearest others are least; ties go to the first in canonical order. Everyone else's work
   * is lost; shares do not matter.
   *
   * @param f how many plugins may be hostile, at least 0
   * @return a rule; it refuses n below 2 f + 3, and a chosen plugin of share 0
   * @throws IllegalArgumentException if f is below 0
   */
  static GramRule krum(int f) {
    return new KrumRule(f, 1);
  }

  /**
   * Multi-Krum, Blanchard et al., NeurIPS 2017: the mean, by shares, of the m plugins of least Krum
   * score; ties go to the first in canonical order.
   *
   * @param f how many plugins may be hostile, at least 0
   * @param m how many are averaged, at least 1
   * @return a rule; it refuses n below 2 f + 3, m above n - f, and selections of share 0
   * @throws IllegalArgumentException if f is below 0 or m below 1
   */
  static GramRule multiKrum(int f, int m) {
    return new KrumRule(f, m);
  }

  /**
   * Norm clipping, Sun et al., Can you really backdoor federated learning?, 2019: {@code sum
   * alpha_i min(1, C / |Delta_i|) Delta_i} with C the median norm (the mean of the middle two).
   * Bounds what a plugin's size can do, not where it points.
   *
   * @return a rule
   */
  static GramRule normClipping() {
    return ClippingRule.byMedianNorm();
  }

  /**
   * Norm clipping to a given norm.
   *
   * @param norm C, above 0
   * @return a rule
   * @throws IllegalArgumentException if the norm is not above 0 and finite
   */
  static GramRule normClipping(double norm) {
    return ClippingRule.byNorm(norm);
  }

  /**
   * Centred clipping, Karimireddy et al., ICML 2021: from v = 0, the base, repeatedly {@code v <- v
   * + sum alpha_i min(1, tau / |Delta_i - v|) (Delta_i - v)}. Here tau is, at each step, the median
   * of the distances; 20 steps.
   *
   * @return a rule
   */
  static GramRule centredClipping() {
    return ClippingRule.centred(20);
  }

  /**
   * Centred clipping with a given radius.
   *
   * @param radius tau, above 0
   * @param steps how often v moves, at least 1; one step is norm clipping
   * @return a rule
   * @throws IllegalArgumentException if the radius is not above 0 and finite, or steps are below 1
   */
  static GramRule centredClipping(double radius, int steps) {
    return ClippingRule.centred(radius, steps);
  }
}
