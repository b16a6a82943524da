package io.medforge.forge.admission;

import io.medforge.forge.Contribution;
import java.util.List;

/**
 * A contribution and what it arrives at. Immutable.
 *
 * @param contribution what is offered
 * @param admitted what the main branch holds, in canonical order
 * @param version the newest version of the main branch
 * @param failedTries how many other contents of the same centre were refused or quarantined since
 *     its last admission
 */
public record Offer(
    Contribution contribution, List<Contribution> admitted, int version, int failedTries) {
  /**
   * Copies the list.
   *
   * @param contribution what is offered
   * @param admitted what the main branch holds, in canonical order
   * @param version the newest version of the main branch
   * @param failedTries how many other contents of the same centre were refused or quarantined since
   *     its last admission
   * @throws IllegalArgumentException if a number is negative
   */
  public Offer {
    admitted = List.copyOf(admitted);
    if (version < 0 || failedTries < 0) {
      throw new IllegalArgumentException(
          "expected a version and a number of tries of at least 0, found "
              + version
              + " and "
              + failedTries);
    }
  }
}
