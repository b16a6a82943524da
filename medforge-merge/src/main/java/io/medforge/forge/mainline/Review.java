package io.medforge.forge.mainline;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.governance.Governance;
import io.medforge.forge.governance.Standing;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * How people decide on a main branch: they admit from quarantine and they release. Thread-safe.
 *
 * @param <R> what is merged into
 */
public final class Review<R> {
  private final Branch<R> branch;
  private final Admissions<R> admissions;
  private final Governance governance;

  Review(Branch<R> branch, Admissions<R> admissions, Governance governance) {
    this.branch = branch;
    this.admissions = admissions;
    this.governance = governance;
  }

  /**
   * Records a member's decision on an item or on a contribution in quarantine.
   *
   * @param decision signed by a member in one of the member's roles
   * @throws IllegalArgumentException if the signature, the key or the role is not right, it neither
   *     approves nor vetoes, or there is no such subject
   */
  public void decide(LedgerEntry.Decide decision) {
    check(decision);
    branch.changing(
        ledger -> {
          if (!ledger.waiting().containsKey(decision.subject())
              && !isItem(decision.subject(), ledger)) {
            throw new IllegalArgumentException(
                "expected the digest of an item or of a contribution in quarantine, found "
                    + decision.subject());
          }
          return branch.write(ledger, decision) ? Optional.of(decision) : Optional.empty();
        });
  }

  private void check(LedgerEntry.Decide decision) {
    boolean known =
        decision.decision().equals(Governance.APPROVE)
            || decision.decision().equals(Governance.VETO);
    if (!known || governance.roster().deciderOf(decision).isEmpty()) {
      throw new IllegalArgumentException(
          "expected an approval or a veto, signed by a member who holds the role, found key "
              + decision.signature().keyId()
              + (known ? "" : ", which neither approves nor vetoes")
              + (decision.hasValidSignature() ? "" : ", whose signature is over something else")
              + ", at "
              + decision.subject());
    }
  }

  private static boolean isItem(Digest subject, Ledger ledger) {
    return ledger.summaries().stream()
        .anyMatch(version -> version.item().filter(subject::equals).isPresent());
  }

  /**
   * Admits what waits in quarantine, if enough members have approved. It is examined again: people
   * overrule doubts ({@link Finding.Verdict#QUARANTINE}), never a refusal.
   *
   * @param contribution the digest of its content
   * @return admitted, refused, or still quarantined with a finding that says which approvals are
   *     missing or whose veto stands
   * @throws IllegalArgumentException if no such contribution waits
   */
  public Admission<R> admit(Digest contribution) {
    return branch.changing(
        ledger -> {
          Contribution held = waiting(contribution, ledger);
          return admissions.release(held, lacking(standing(held, ledger), held), ledger);
        });
  }

  private static Optional<Finding> lacking(Standing standing, Contribution held) {
    if (standing.approved()) {
      return Optional.empty();
    }
    List<String> reasons = new ArrayList<>(standing.missing());
    standing.vetoes().forEach(name -> reasons.add("expected no veto, found one of " + name));
    return Optional.of(
        new Finding(
            "approvals",
            Finding.Verdict.QUARANTINE,
            String.join("; ", reasons) + ", at plugin " + held.module().id()));
  }

  /**
   * How decisions on a contribution in quarantine add up.
   *
   * @param contribution the digest of its content
   * @return the standing
   * @throws IllegalArgumentException if no such contribution waits
   */
  public Standing standing(Digest contribution) {
    Ledger ledger = branch.ledger();
    return standing(waiting(contribution, ledger), ledger);
  }

  private Standing standing(Contribution held, Ledger ledger) {
    return governance.ofContribution(
        held.digest(),
        held.module().id().centre(),
        centres(ledger.head().contributions().keySet()),
        ledger.decisions());
  }

  /**
   * How decisions on a version's item add up.
   *
   * @param version one of the main branch, with a stated result
   * @return the standing; if approved, and nothing in it was withdrawn, the item is a release
   * @throws IllegalArgumentException if its result is not stated
   */
  public Standing standing(VersionSummary version) {
    return standing(version, branch.ledger());
  }

  private Standing standing(VersionSummary version, Ledger ledger) {
    Digest item =
        version
            .item()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "expected a version with a stated result, found " + version.version()));
    return governance.ofItem(item, centres(version.contributions().keySet()), ledger.decisions());
  }

  /**
   * The newest version that enough members have approved and that holds nothing withdrawn.
   *
   * @return the release, or empty if there is none yet
   * @throws IllegalStateException if it no longer merges to the result that was approved
   */
  public Optional<ForgeItem<R>> released() {
    Ledger ledger = branch.ledger();
    List<VersionSummary> summaries = ledger.summaries();
    for (int version = ledger.versions(); version > 0; version--) {
      VersionSummary summary = summaries.get(version);
      if (summary.item().isPresent()
          && standing(summary, ledger).approved()
          && ledger.version(version).contributions().values().stream()
              .noneMatch(ledger::isWithdrawn)) {
        return Optional.of(asApproved(branch.item(ledger, version), summary));
      }
    }
    return Optional.empty();
  }

  private ForgeItem<R> asApproved(ForgeItem<R> item, VersionSummary summary) {
    Digest approved = summary.item().orElseThrow();
    if (!item.digest().equals(approved)) {
      throw new IllegalStateException(
          "expected item "
              + approved
              + " as it was approved, found "
              + item.digest()
              + ", at version "
              + item.version());
    }
    return item;
  }

  private static Contribution waiting(Digest contribution, Ledger ledger) {
    LedgerEntry.Quarantine held = ledger.waiting().get(contribution);
    if (held == null) {
      throw new IllegalArgumentException(
          "expected a contribution in quarantine, one of "
              + ledger.waiting().keySet()
              + ", found "
              + contribution);
    }
    return held.contribution();
  }

  private static Set<String> centres(Collection<PluginId> plugins) {
    Set<String> centres = new TreeSet<>();
    plugins.forEach(plugin -> centres.add(plugin.centre()));
    return centres;
  }
}
