package io.medforge.merge.mixture;

/**
 * How far fitted weights are held near equal ones: a symmetric Dirichlet prior, as strong as so
 * many examples that every plugin explains equally well. Implementations are immutable and
 * deterministic.
 *
 * <p>A memory of distilled examples needs one: they are easier than patients, so a plugin that is a
 * little more certain takes all the weight. {@link #crossValidated} lets the memory say how much.
 */
@FunctionalInterface
public interface WeightPrior {
  /**
   * The strength for a memory.
   *
   * @param evidence the memory, with what can be asked of it
   * @return in examples: 0 for no prior, positive infinity for equal weights
   */
  double strength(Evidence evidence);

  /** What a prior may ask a memory. */
  interface Evidence {
    /**
     * The number of examples that the memory stands for.
     *
     * @return at least 1
     */
    double total();

    /**
     * How well weights fitted to all sets but one do on that one, over all sets.
     *
     * @param strength a prior's, at least 0, perhaps infinite
     * @return the mean log-likelihood of a label, nats per example; negative infinity if a set has
     *     no other of its task
     */
    double heldOut(double strength);
  }

  /**
   * No prior: the plain optimum.
   *
   * @return the prior of strength 0
   */
  static WeightPrior none() {
    return evidence -> 0;
  }

  /**
   * A prior of a given strength.
   *
   * @param examples at least 0; infinite for equal weights
   * @return the prior
   * @throws IllegalArgumentException if it is negative or NaN
   */
  static WeightPrior dirichlet(double examples) {
    if (!(examples >= 0)) {
      throw new IllegalArgumentException(
          "expected a prior of at least 0 examples, found " + examples);
    }
    return evidence -> examples;
  }

  /**
   * The strength under which the memory's sets predict each other best: each set is judged by
   * weights fitted to the others, where its own plugin has no home advantage. Of 0, infinity and
   * the powers of 4 from 1/16 to 16 times the number of examples the best is taken, the greatest of
   * equals. A memory of one set gets infinity: there is nothing to learn from.
   *
   * @return the prior
   */
  static WeightPrior crossValidated() {
    return evidence -> {
      double best = Double.POSITIVE_INFINITY;
      double highest = evidence.heldOut(best);
      for (double factor = 16; factor >= 1.0 / 16; factor /= 4) {
        double value = evidence.heldOut(factor * evidence.total());
        if (value > highest) {
          highest = value;
          best = factor * evidence.total();
        }
      }
      return evidence.heldOut(0) > highest ? 0 : best;
    };
  }
}
