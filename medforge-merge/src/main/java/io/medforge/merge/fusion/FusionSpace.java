package io.medforge.merge.fusion;

import java.util.Locale;

/** Where low-rank updates are averaged. */
public enum FusionSpace {
  /**
   * The products: the result is the best approximation of {@code sum w_i s_i B_i A_i} of the chosen
   * rank, exact at full rank. As a product it does not depend on the basis in which each plugin
   * keeps its factors. Core Space (arXiv 2509.17786), FedEx-LoRA (arXiv 2410.09432), HLoRA.
   */
  PRODUCT,
  /**
   * The factors, each apart: {@code A' = sum w_i A_i, B' = sum w_i B_i}, as federated averaging
   * does to LoRA (FedIT, Zhang et al., ICASSP 2024). Cheaper, but an approximation: {@code B' A'}
   * holds cross terms {@code w_i w_j B_i A_j}, and depends on each plugin's basis. Needs one rank,
   * and coefficients of at least 0 that sum to 1.
   */
  FACTORS,
  /**
   * The deltas element by element: each plugin's {@code s_i B_i A_i} is multiplied out tile by
   * tile, summed in double and rounded once to F32. For rules that look at single elements, such as
   * TIES; independent of the basis up to that rounding. The result has no low rank, so it is either
   * kept dense ({@link Fusion.AverageBuilder#denseOutput}) or cut to a rank, and the record states
   * the loss.
   */
  DENSE;

  /** In lower case, as in records. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
