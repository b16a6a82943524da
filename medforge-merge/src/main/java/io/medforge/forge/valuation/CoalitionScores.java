package io.medforge.forge.valuation;

import io.medforge.forge.Contribution;
import java.util.List;

/**
 * How well the model of some contributions does on fixed examples. For a mixture, from an output
 * memory, this is table look-ups; for a fusion, one merge and one run. Implementations are
 * deterministic; each coalition is asked about once.
 */
@FunctionalInterface
public interface CoalitionScores {
  /**
   * Scores a coalition.
   *
   * @param coalition in canonical order; empty for the base alone
   * @return one row per task, one score per example of it; the same shape for every coalition.
   *     Tasks weigh equally, examples equally within their task
   */
  double[][] of(List<Contribution> coalition);
}
