package io.medforge.forge.mainline;

import io.medforge.forge.Contribution;
import io.medforge.merge.MergeStrategy;
import java.util.List;

/**
 * Makes the merge strategy for a set of contributions: for strategies that look at the distilled
 * sets, such as a mixture that records its memory from them. Implementations are thread-safe and
 * pure: the same contributions, the same strategy.
 *
 * @param <R> what is merged into
 */
@FunctionalInterface
public interface StrategySource<R> {
  /**
   * Makes a strategy.
   *
   * @param canonical what is to be merged, not empty, in canonical order
   * @return the strategy that merges exactly these contributions' modules
   * @throws io.medforge.merge.IncompatiblePluginsException if there is no strategy for them; an
   *     offer that leads here is refused with the message
   */
  MergeStrategy<R> forContributions(List<Contribution> canonical);
}
