package io.medforge.study.evidence;

import java.util.List;

/**
 * A finished method, before anybody has looked at a test patient.
 *
 * @param name as the table calls it; unique in its suite
 * @param group what sort of method it is, for instance "federated" or "Mixture"
 * @param bySeed one classifier per seed, or one alone if nothing was drawn
 * @param cost what it sent, per seed
 */
public record Entrant(String name, String group, List<CentreClassifier> bySeed, Cost cost) {
  /**
   * Copies and checks.
   *
   * @throws IllegalArgumentException if there is no classifier
   */
  public Entrant {
    bySeed = List.copyOf(bySeed);
    if (bySeed.isEmpty()) {
      throw new IllegalArgumentException(
          "expected at least one classifier, found none, at " + name);
    }
  }
}
