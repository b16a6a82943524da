package io.medforge.forge;

import java.util.List;

/**
 * One reason to admit a contribution or not. Checks do not outweigh each other: the gravest finding
 * decides. A check that fails with an exception refuses the contribution. Implementations are
 * thread-safe and deterministic.
 */
@FunctionalInterface
public interface AdmissionCheck {
  /**
   * Examines an offered contribution.
   *
   * @param offered the contribution
   * @param admitted what the main branch holds, in canonical order
   * @return what was found; empty if there is nothing to say
   */
  List<Finding> examine(Contribution offered, List<Contribution> admitted);
}
