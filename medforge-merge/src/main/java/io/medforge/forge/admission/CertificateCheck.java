package io.medforge.forge.admission;

import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.LeakageCertificate;
import io.medforge.forge.governance.Roster;
import java.util.ArrayList;
import java.util.List;

/**
 * Admits what carries a leakage certificate of some level, about this very module and distilled
 * set, signed by the contributing centre. Certificates of lower levels or with other signatures do
 * not count; the finding says why.
 *
 * @param least the level asked for
 * @param roster the members and their keys
 */
public record CertificateCheck(LeakageCertificate.Level least, Roster roster)
    implements AdmissionCheck {
  @Override
  public List<Finding> examine(Contribution offered, List<Contribution> admitted) {
    String centre = offered.module().id().centre();
    List<String> faults = new ArrayList<>();
    for (LeakageCertificate certificate : offered.certificates()) {
      String fault = fault(certificate, offered, centre);
      if (fault.isEmpty()) {
        return List.of();
      }
      faults.add(fault);
    }
    return List.of(
        new FindingDraft("certificate")
            .refuse(
                "expected a signed certificate of level "
                    + least
                    + " or higher, found "
                    + (faults.isEmpty() ? "none" : String.join("; ", faults))
                    + ", at plugin "
                    + offered.module().id()));
  }

  private String fault(LeakageCertificate certificate, Contribution offered, String centre) {
    if (!certificate.covers(offered.module(), offered.distilled())) {
      return "one of other content";
    }
    if (certificate.signature().isEmpty() || !certificate.hasValidSignature()) {
      return "one of level " + certificate.level() + " without a valid signature";
    }
    if (roster.faultOf(certificate.signature().get(), centre).isPresent()) {
      return "one of level "
          + certificate.level()
          + " signed by a key that is not "
          + centre
          + "'s";
    }
    return certificate.level().compareTo(least) < 0 ? "one of level " + certificate.level() : "";
  }
}
