package io.medforge.forge;

import io.medforge.plugin.Digest;
import java.util.List;
import java.util.Optional;

/**
 * What came of an entry, as its writer saw it: recorded beside the entry, so that an audit can
 * replay the merge and compare. Immutable.
 *
 * @param result the digest of the merged result after the entry, or empty if the branch was empty
 *     then or the writer did not say
 * @param findings what the checks found, with their numbers
 */
public record Outcome(Optional<Digest> result, List<Finding> findings) {
  private static final Outcome UNSTATED = new Outcome(Optional.empty(), List.of());

  /**
   * Copies the findings.
   *
   * @param result the digest of the merged result after the entry, or empty
   * @param findings what the checks found, with their numbers
   */
  public Outcome {
    findings = List.copyOf(findings);
  }

  /**
   * Nothing is said.
   *
   * @return an outcome without result and findings
   */
  public static Outcome unstated() {
    return UNSTATED;
  }
}
