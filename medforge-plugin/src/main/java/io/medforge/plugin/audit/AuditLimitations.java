package io.medforge.plugin.audit;

import java.util.ArrayList;
import java.util.List;

/** What a report must say that it does not show. */
final class AuditLimitations {
  private static final int FEW_SHADOWS = 64;

  private AuditLimitations() {}

  static List<String> of(LeakageAudit audit) {
    List<String> limitations = new ArrayList<>();
    limitations.add(
        "Attacks that fail prove nothing about attacks not tried; only differential privacy bounds"
            + " those.");
    limitations.add(
        "Strangers must be like the members; where they are not, the attacks measure that"
            + " difference.");
    if (audit.shadows() == 0) {
      limitations.add("No shadow plugins: LiRA and RMIA, the strongest attacks, were not run.");
    } else if (audit.shadows() < FEW_SHADOWS) {
      limitations.add(
          audit.shadows()
              + " shadow plugins: LiRA shares one deviation among all rows, which is weaker than"
              + " with "
              + FEW_SHADOWS
              + ".");
    }
    if (audit.attribute() == null) {
      limitations.add(
          audit.noAttribute() == null
              ? "No attribute was named: attribute inference was not run."
              : "Attribute inference does not apply: " + audit.noAttribute());
    } else {
      limitations.add(
          "Attribute inference was run on one attribute, against an imputer of nearest"
              + " neighbours; a better imputer would leave less to the module.");
    }
    if (audit.previous() == null) {
      limitations.add(
          "No previous release was given: differences between releases were not taken.");
    }
    if (audit.canaries() == null) {
      limitations.add("No canaries were inserted.");
    }
    limitations.add(
        "Distances to nearest neighbours do not bound membership inference; they find copies.");
    return limitations;
  }
}
