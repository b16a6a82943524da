package io.medforge.forge.admission;

import io.medforge.forge.Finding;
import java.util.List;

/**
 * One reason to admit a contribution or not that only shows in the merged item. Like an {@link
 * io.medforge.forge.AdmissionCheck} otherwise: the gravest finding decides, and an exception
 * refuses. Implementations are thread-safe and deterministic.
 *
 * @param <R> what the main branch merges into
 */
@FunctionalInterface
public interface CandidateCheck<R> {
  /**
   * Examines the item that an offer would lead to.
   *
   * @param candidate the item, and the one it would follow
   * @return what was found; empty if there is nothing to say
   */
  List<Finding> examine(Candidate<R> candidate);
}
