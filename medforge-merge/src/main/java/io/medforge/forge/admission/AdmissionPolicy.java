package io.medforge.forge.admission;

import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * All checks of a main branch. Every check is asked, so that a contributor hears of everything at
 * once; a check that fails with an exception refuses. Immutable, and as thread-safe as its checks.
 *
 * @param <R> what the main branch merges into
 */
public final class AdmissionPolicy<R> {
  private final List<AdmissionCheck> checks;
  private final List<CandidateCheck<R>> candidateChecks;

  private AdmissionPolicy(Builder<R> builder) {
    this.checks = List.copyOf(builder.checks);
    this.candidateChecks = List.copyOf(builder.candidateChecks);
  }

  /**
   * Starts a policy.
   *
   * @param <R> what the main branch merges into
   * @return a builder without checks
   */
  public static <R> Builder<R> builder() {
    return new Builder<>();
  }

  /**
   * Whether some check needs the merged item.
   *
   * @return true if so
   */
  public boolean looksAtCandidates() {
    return !candidateChecks.isEmpty();
  }

  /**
   * Asks every check that looks at the contribution alone.
   *
   * @param offer what is offered, and to what
   * @return all findings, in the order of the checks
   */
  public List<Finding> examine(Offer offer) {
    List<Finding> findings = new ArrayList<>();
    for (int i = 0; i < checks.size(); i++) {
      AdmissionCheck check = checks.get(i);
      findings.addAll(
          closed(
              "check " + (i + 1) + " of " + checks.size(),
              () -> check.examine(offer.contribution(), offer.admitted())));
    }
    return List.copyOf(findings);
  }

  /**
   * Asks every check that looks at the merged item.
   *
   * @param candidate the item, and the one it would follow
   * @return all findings, in the order of the checks
   */
  public List<Finding> examine(Candidate<R> candidate) {
    List<Finding> findings = new ArrayList<>();
    for (int i = 0; i < candidateChecks.size(); i++) {
      CandidateCheck<R> check = candidateChecks.get(i);
      findings.addAll(
          closed(
              "candidate check " + (i + 1) + " of " + candidateChecks.size(),
              () -> check.examine(candidate)));
    }
    return List.copyOf(findings);
  }

  /** A check that cannot answer has not said yes. */
  private static List<Finding> closed(String name, Supplier<List<Finding>> check) {
    try {
      return List.copyOf(check.get());
    } catch (RuntimeException e) {
      return List.of(
          new Finding(name, Finding.Verdict.REFUSE, "expected findings, found the failure " + e));
    }
  }

  /**
   * Collects checks. Not thread-safe.
   *
   * @param <R> what the main branch merges into
   */
  public static final class Builder<R> {
    private final List<AdmissionCheck> checks = new ArrayList<>();
    private final List<CandidateCheck<R>> candidateChecks = new ArrayList<>();

    private Builder() {}

    /**
     * Adds a check of the contribution; may be called several times.
     *
     * @param check the check
     * @return this
     */
    public Builder<R> check(AdmissionCheck check) {
      checks.add(check);
      return this;
    }

    /**
     * Adds a check of the merged item; may be called several times.
     *
     * @param check the check
     * @return this
     */
    public Builder<R> candidateCheck(CandidateCheck<R> check) {
      candidateChecks.add(check);
      return this;
    }

    /**
     * Ends the policy.
     *
     * @return the policy
     */
    public AdmissionPolicy<R> build() {
      return new AdmissionPolicy<>(this);
    }
  }
}
