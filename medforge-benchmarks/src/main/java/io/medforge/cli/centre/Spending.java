package io.medforge.cli.centre;

import io.medforge.plugin.privacy.PrivacyLoss;
import io.medforge.plugin.privacy.SampledGaussian;
import java.util.List;

/**
 * What a command spent of its patients' privacy. Immutable.
 *
 * @param guarantee what it was allowed to
 * @param clip the norm that each patient's part was cut to
 * @param mechanisms what touched the patients
 * @param ledger where it is written down
 * @param cohort the patients' name there
 */
record Spending(
    PrivacyLoss guarantee,
    double clip,
    List<SampledGaussian> mechanisms,
    String ledger,
    String cohort) {
  Spending {
    mechanisms = List.copyOf(mechanisms);
  }
}
