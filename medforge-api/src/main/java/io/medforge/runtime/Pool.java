package io.medforge.runtime;

/** How several opinions become one. */
public enum Pool {
  /**
   * The linear opinion pool, a mean of probabilities: p(c) = sum_j g_j p_j(c) (Stone, Ann. Math.
   * Stat. 1961). One plugin's doubt cannot silence another's conviction.
   */
  LINEAR,

  /**
   * The logarithmic opinion pool, a mean of logits: p(c) in proportion to prod_j p_j(c)^g_j (Genest
   * and Zidek, Statistical Science 1986). A class that one plugin rules out is all but ruled out.
   *
   * <p>Where a plugin's label space is joined to another, a class may be one that none of its own
   * becomes, or become of classes too unlikely for a number. Its p_j(c) then counts as 2^-1022, the
   * least normal double, so that a weight that has underflowed to 0 times its logarithm is 0 and a
   * weight however small does not veto. Whoever builds a mixture into another format does the same.
   */
  LOG
}
