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
   * and Zidek, Statistical Science 1986). A class that one plugin rules out is ruled out.
   */
  LOG
}
