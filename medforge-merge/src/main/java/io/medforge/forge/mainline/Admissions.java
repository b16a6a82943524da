package io.medforge.forge.mainline;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.Outcome;
import io.medforge.forge.admission.AdmissionPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What becomes of an offer: every answer but a duplicate is written down before it is given. */
final class Admissions<R> {
  private final Branch<R> branch;
  private final Examination<R> examination;

  Admissions(Branch<R> branch, AdmissionPolicy<R> policy) {
    this.branch = branch;
    this.examination = new Examination<>(branch.merging(), policy);
  }

  /** Answers an offer; empty if somebody else wrote first. */
  Optional<Admission<R>> offer(Contribution contribution, Ledger ledger) {
    if (ledger.isAdmitted(contribution.digest())) {
      return Optional.of(new Admission.Duplicate<>(branch.item(ledger, ledger.versions())));
    }
    List<Finding> findings = examination.examine(contribution, ledger);
    if (Examination.holds(findings, Finding.Verdict.REFUSE)) {
      return refuse(contribution, findings, ledger);
    }
    if (Examination.holds(findings, Finding.Verdict.QUARANTINE)) {
      return quarantine(contribution, findings, ledger);
    }
    return admit(contribution, findings, ledger);
  }

  /** Answers for what waits in quarantine; doubts are overruled unless something is lacking. */
  Optional<Admission<R>> release(Contribution held, Optional<Finding> lacking, Ledger ledger) {
    List<Finding> findings = examination.examine(held, ledger);
    if (Examination.holds(findings, Finding.Verdict.REFUSE)) {
      return refuse(held, findings, ledger);
    }
    if (lacking.isPresent()) {
      List<Finding> more = new ArrayList<>(findings);
      more.add(lacking.get());
      return Optional.of(new Admission.Quarantined<>(more));
    }
    return admit(held, findings, ledger);
  }

  private Optional<Admission<R>> admit(
      Contribution contribution, List<Finding> findings, Ledger ledger) {
    return branch
        .change(
            ledger, result -> new LedgerEntry.Admit(contribution, new Outcome(result, findings)))
        .map(item -> new Admission.Admitted<>(item, findings));
  }

  private Optional<Admission<R>> refuse(
      Contribution contribution, List<Finding> findings, Ledger ledger) {
    LedgerEntry.Refuse entry =
        new LedgerEntry.Refuse(
            contribution.module().id(), contribution.digest(), unmerged(findings));
    boolean known = ledger.refusalOf(contribution.digest()).filter(entry::equals).isPresent();
    return known || branch.write(ledger, entry)
        ? Optional.of(new Admission.Refused<>(findings))
        : Optional.empty();
  }

  private Optional<Admission<R>> quarantine(
      Contribution contribution, List<Finding> findings, Ledger ledger) {
    LedgerEntry.Quarantine before = ledger.waiting().get(contribution.digest());
    boolean known =
        before != null
            && before.outcome().findings().equals(findings)
            && before.contribution().statement().equals(contribution.statement());
    LedgerEntry entry = new LedgerEntry.Quarantine(contribution, unmerged(findings));
    return known || branch.write(ledger, entry)
        ? Optional.of(new Admission.Quarantined<>(findings))
        : Optional.empty();
  }

  private static Outcome unmerged(List<Finding> findings) {
    return new Outcome(Optional.empty(), findings);
  }
}
