package io.medforge.forge.mainline;

import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.admission.AdmissionPolicy;
import io.medforge.forge.admission.Candidate;
import io.medforge.forge.admission.Offer;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks everything there is to ask about one offer to one state of the ledger: what the ledger
 * itself demands, whether the plugins meet and merge, and what the policy says.
 */
final class Examination<R> {
  private final ItemMerging<R> merging;
  private final AdmissionPolicy<R> policy;

  Examination(ItemMerging<R> merging, AdmissionPolicy<R> policy) {
    this.merging = merging;
    this.policy = policy;
  }

  /** All findings; a merge that cannot be is one of them. */
  List<Finding> examine(Contribution offered, Ledger ledger) {
    List<Contribution> admitted = ItemMerging.canonical(ledger.head().contributions().values());
    List<Finding> findings = identity(offered, ledger, admitted);
    if (!findings.isEmpty()) {
      return List.copyOf(findings);
    }
    List<Contribution> all = new ArrayList<>(admitted);
    all.add(offered);
    PluginSet plugins;
    try {
      plugins = merging.meet(all);
    } catch (IncompatiblePluginsException e) {
      return List.of(refusal("compatibility", e.getMessage()));
    }
    PluginId id = offered.module().id();
    int tries = ledger.failedTries(id.centre(), offered.digest());
    Offer offer = new Offer(offered, admitted, ledger.versions(), tries);
    findings.addAll(policy.examine(offer));
    if (!holds(findings, Finding.Verdict.REFUSE)) {
      findings.addAll(merged(offer, ledger, plugins));
    }
    return List.copyOf(findings);
  }

  private List<Finding> merged(Offer offer, Ledger ledger, PluginSet plugins) {
    Ledger next = ledger.and(List.of(new LedgerEntry.Admit(offer.contribution())));
    try {
      Merged<R> after = merging.model(next.head(), plugins);
      return policy.looksAtCandidates()
          ? policy.examine(new Candidate<>(offer, merging.model(ledger.head()), after))
          : List.of();
    } catch (IncompatiblePluginsException e) {
      return List.of(refusal("merge", e.getMessage()));
    }
  }

  private static List<Finding> identity(
      Contribution offered, Ledger ledger, List<Contribution> admitted) {
    List<Finding> findings = new ArrayList<>();
    PluginId id = offered.module().id();
    if (ledger.isWithdrawn(offered)) {
      findings.add(
          refusal(
              "withdrawn",
              "expected a module that was never withdrawn, found "
                  + offered.module().digest()
                  + ", withdrawn before, at plugin "
                  + id));
    }
    Optional<Digest> content = ledger.contentOf(id);
    if (content.isPresent() && !content.get().equals(offered.digest())) {
      findings.add(
          refusal(
              "identity",
              "expected content "
                  + content.get()
                  + " as this id has stood for before, found "
                  + offered.digest()
                  + ", at plugin "
                  + id));
    }
    for (Contribution other : admitted) {
      if (other.module().digest().equals(offered.module().digest())) {
        findings.add(
            refusal(
                "same module",
                "expected a module that is not admitted yet, found "
                    + offered.module().digest()
                    + " as in "
                    + other.module().id()
                    + " with another distilled set, at plugin "
                    + id));
      }
    }
    return findings;
  }

  static boolean holds(List<Finding> findings, Finding.Verdict verdict) {
    return findings.stream().anyMatch(finding -> finding.verdict() == verdict);
  }

  static Finding refusal(String check, @Nullable String message) {
    return new Finding(check, Finding.Verdict.REFUSE, String.valueOf(message));
  }
}
