package io.medforge.forge.admission;

import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Admits contributions under accepted licences only; one that states none is refused. Licences are
 * compared as texts: which may be combined is for lawyers. Thread-safe.
 */
public final class LicenceCheck implements AdmissionCheck {
  private final SortedSet<String> accepted;

  private LicenceCheck(Collection<String> accepted) {
    this.accepted = new TreeSet<>(accepted);
  }

  /**
   * A check for some licences.
   *
   * @param accepted SPDX expressions
   * @return the check
   */
  public static LicenceCheck of(Collection<String> accepted) {
    return new LicenceCheck(accepted);
  }

  @Override
  public List<Finding> examine(Contribution offered, List<Contribution> admitted) {
    if (offered.licence().filter(licence -> accepted.contains(licence)).isPresent()) {
      return List.of();
    }
    return List.of(
        new FindingDraft("licence")
            .refuse(
                "expected one of the licences "
                    + accepted
                    + ", found "
                    + offered.licence().orElse("none")
                    + ", at plugin "
                    + offered.module().id()));
  }
}
