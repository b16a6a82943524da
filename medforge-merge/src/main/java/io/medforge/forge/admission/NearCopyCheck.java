package io.medforge.forge.admission;

import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import java.util.ArrayList;
import java.util.List;

/**
 * Holds what is nearly a copy of something admitted: a change of almost the same direction, or a
 * distilled set that is another plugin's. Counted twice it would weigh twice. Equal modules are
 * refused by the main branch itself. Thread-safe; remembers the cosines it computed.
 */
public final class NearCopyCheck implements AdmissionCheck {
  private final double most;
  private final PairwiseGram gram = new PairwiseGram();

  private NearCopyCheck(double most) {
    if (!(most > 0 && most < 1)) {
      throw new IllegalArgumentException("expected a cosine between 0 and 1, found " + most);
    }
    this.most = most;
  }

  /**
   * A check that holds what points almost the same way.
   *
   * @param cosine above this a module counts as a near copy, for example 0.99
   * @return the check
   * @throws IllegalArgumentException if it is not between 0 and 1
   */
  public static NearCopyCheck above(double cosine) {
    return new NearCopyCheck(cosine);
  }

  @Override
  public List<Finding> examine(Contribution offered, List<Contribution> admitted) {
    List<Finding> findings = new ArrayList<>();
    for (Contribution other : admitted) {
      double cosine = gram.cosine(offered.module(), other.module());
      if (cosine > most) {
        findings.add(
            new FindingDraft("near copy")
                .number("cosine", cosine)
                .number("most", most)
                .quarantine(
                    "expected a cosine of at most "
                        + most
                        + " with every admitted module, found "
                        + cosine
                        + " with "
                        + other.module().id()
                        + ", at plugin "
                        + offered.module().id()));
      }
      if (other.distilled().digest().equals(offered.distilled().digest())
          && !other.module().id().centre().equals(offered.module().id().centre())) {
        findings.add(
            new FindingDraft("near copy")
                .quarantine(
                    "expected a distilled set of its own, found that of "
                        + other.module().id()
                        + ", at plugin "
                        + offered.module().id()));
      }
    }
    return findings;
  }
}
