package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How the updates of one layer become one: the extension point of {@link Fusion#by}. Rules see one
 * layer at a time; heads of different label spaces, output types, ranks and the record are Fusion's
 * business. Implementations are immutable, thread-safe and deterministic, and do not depend on the
 * order of the updates beyond the canonical one.
 *
 * <p>Legend: n = number of plugins that change the layer, w_i = coefficient, Delta_i = s_i B_i A_i
 * or a dense delta.
 */
public interface AveragingRule {
  /**
   * What is known before any layer.
   *
   * @return the same at every call
   */
  RuleDescription description();

  /**
   * Averages one layer.
   *
   * @param layer what the plugins changed there; all low-rank or all dense
   * @return what to make of it
   * @throws IncompatiblePluginsException if the rule does not apply to these updates
   */
  LayerAverage average(LayerUpdates layer);

  /**
   * This rule's result times lambda. In factor space, where lambda would enter both factors, it is
   * refused.
   *
   * @param lambda finite
   * @return a rule
   * @throws IllegalArgumentException if lambda is not finite, or the rule knows nothing but factor
   *     space
   */
  default AveragingRule times(double lambda) {
    return new ScaledRule(this, lambda);
  }

  /**
   * The weighted mean {@code sum w_i Delta_i}: what {@link Fusion#average()} does. In product
   * space, factor space or on dense tensors.
   *
   * @return the rule
   */
  static AveragingRule mean() {
    return new MeanRule();
  }

  /**
   * Task arithmetic {@code lambda sum w_i Delta_i}. In product space or on dense tensors. With
   * coefficients of 1 this is the sum of task vectors of Ilharco et al., Editing models with task
   * arithmetic, ICLR 2023, which suggests a lambda of 0.3 to 1; {@link Fusion}'s default
   * coefficients are 1/n.
   *
   * @param lambda finite
   * @return the rule
   * @throws IllegalArgumentException if lambda is not finite
   */
  static AveragingRule taskArithmetic(double lambda) {
    return ScaledRule.named("task-arithmetic", new MeanRule(), lambda);
  }

  /**
   * The median of every element over the plugins that change the layer, weighted by their
   * coefficients, which must be at least 0; the mean of the middle two where half of the weight is
   * reached between them. Yin et al., ICML 2018. On dense elements, tile by tile. Withstands
   * plugins that hold less than half of the weight; where centres differ honestly it costs much
   * (NVFlare reports 66 % against 80 % for the mean on strongly skewed CIFAR-10).
   *
   * @return the rule
   */
  static AveragingRule coordinateMedian() {
    return new CoordinateRule(OptionalInt.empty());
  }

  /**
   * The weighted mean of every element without its k least and k greatest values, over the plugins
   * that change the layer. Yin et al., ICML 2018. On dense elements. Withstands k hostile plugins.
   * Ties are cut in canonical order, which matters only for their weights.
   *
   * @param k how many are cut on each side, at least 1
   * @return the rule; it refuses layers that 2 k plugins or fewer change, and negative coefficients
   * @throws IllegalArgumentException if k is below 1
   */
  static AveragingRule trimmedMean(int k) {
    return new CoordinateRule(OptionalInt.of(k));
  }

  /**
   * Iso-C, Marczak et al., ICML 2025: {@code sum w_i Delta_i = U S V^T} becomes {@code mean(S) U
   * V^T}, so that no plugin's strong directions drown another's weak ones. The mean is over the
   * numerical rank of the sum. In product space. The paper sums with coefficients 1 and scales
   * afterwards; one plugin is not its own merge. All singular values become equal, so a cut to a
   * lower rank has no best choice: keep {@link Rank#full()}.
   *
   * @return the rule; it refuses dense updates of more than one dimension, sums those of one
   */
  static AveragingRule isoC() {
    return new SpectralRule("iso-c", new IsoC());
  }

  /**
   * TSV-M, Gargiulo et al., CVPR 2025: of each {@code w_i Delta_i} the first min(d, k) / n singular
   * values and vectors, whose vectors are then made orthonormal over all plugins (the polar
   * factor), so that plugins do not write into each other's directions. In product space. The paper
   * sums with coefficients 1. Low-rank updates with n r of at most min(d, k) lose nothing in the
   * first step.
   *
   * @return the rule; it refuses dense updates of more than one dimension, sums those of one
   */
  static AveragingRule tsvM() {
    return new SpectralRule("tsv-m", new TsvM());
  }

  /**
   * Sums what a sparsifier leaves: {@code sum w_i m_i(Delta_i)}, in double, rounded once to F32. On
   * dense tensors, or on the factors apart.
   *
   * @param sparsifier which elements are kept
   * @return the rule, named after the sparsifier
   */
  static AveragingRule sparse(Sparsifier sparsifier) {
    return new SparseRule(sparsifier.name(), sparsifier, Optional.empty());
  }

  /**
   * Sparsifies, elects a sign per element and averages those that agree with it: {@code sum w_i x_i
   * / sum w_i} over the plugins whose x_i, what is left of Delta_i, has the elected sign; 0 where
   * none has. In float, in canonical order; at a vote of zero plus is elected. On dense tensors, or
   * on the factors apart. Coefficients must be at least 0; they need no particular sum, unless the
   * plugins bring heads or factor space is chosen.
   *
   * <p>Yadav et al., TIES-Merging, NeurIPS 2023. The paper's mean counts every plugin alike, which
   * equal coefficients do.
   *
   * @param sparsifier which elements are kept before the vote
   * @param vote how signs are elected
   * @return the rule, named after the sparsifier with {@code -ties}
   */
  static AveragingRule elected(Sparsifier sparsifier, SignVote vote) {
    return new SparseRule(sparsifier.name() + "-ties", sparsifier, Optional.of(vote));
  }

  /**
   * TIES, Yadav et al., TIES-Merging, NeurIPS 2023: keeps the largest elements ({@link
   * Sparsifier#magnitude}), elects signs by the weighted sum, averages those that agree ({@link
   * #elected}). The paper multiplies the result by a lambda of about 1: {@link #times}.
   *
   * @param density the part of each delta to keep, above 0 and at most 1; the paper uses 0.2
   * @return the rule
   * @throws IllegalArgumentException if the density lies outside its range
   */
  static AveragingRule ties(double density) {
    return new SparseRule("ties", Sparsifier.magnitude(density), Optional.of(SignVote.WEIGHTED));
  }

  /**
   * DARE, Yu et al., Language models are super Mario, ICML 2024: drops elements at random, rescales
   * the rest by 1/density, sums: {@code sum w_i m_i Delta_i / density}, m_i 1 with probability
   * density, else 0. Needs a seed. The paper keeps 0.1 to 0.5.
   *
   * @param density the part of each delta to keep, above 0 and at most 1
   * @return the rule
   * @throws IllegalArgumentException if the density lies outside its range
   */
  static AveragingRule dare(double density) {
    return sparse(Sparsifier.random(density));
  }

  /**
   * DELLA, Deep et al., DELLA-Merging, 2024: drops elements at random, small ones more often,
   * rescales the rest by the inverse of their probability ({@link Sparsifier#della}), elects signs
   * by the weighted sum, averages those that agree. Needs a seed. Mergekit's epsilon is 0.15.
   *
   * @param density the mean probability of keeping an element
   * @param epsilon how far probabilities reach to either side
   * @return the rule
   * @throws IllegalArgumentException if density - epsilon is not above 0 or density + epsilon not
   *     below 1
   */
  static AveragingRule della(double density, double epsilon) {
    return elected(Sparsifier.della(density, epsilon), SignVote.WEIGHTED);
  }

  /**
   * Keeps the floor(density N) largest of the N elements of each delta and sums: {@code sum w_i
   * m_i(Delta_i)}, the trimming of TIES without its election; PEFT calls it magnitude_prune.
   *
   * @param density the part to keep, above 0 and at most 1
   * @return the rule
   * @throws IllegalArgumentException if the density lies outside its range
   */
  static AveragingRule magnitudePrune(double density) {
    return sparse(Sparsifier.magnitude(density));
  }

  /**
   * Model breadcrumbs, Davari and Belilovsky, ECCV 2024: drops the floor(gamma N) largest of the N
   * elements of each delta as outliers, keeps the floor(density N) next ones and sums. Mergekit's
   * gamma is 0.01.
   *
   * @param density the part to keep, above 0 and at most 1
   * @param gamma the part to drop as outliers, at least 0 and below 1
   * @return the rule
   * @throws IllegalArgumentException if a number lies outside its range
   */
  static AveragingRule breadcrumbs(double density, double gamma) {
    return sparse(Sparsifier.breadcrumbs(density, gamma));
  }
}
