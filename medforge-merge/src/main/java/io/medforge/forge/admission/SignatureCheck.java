package io.medforge.forge.admission;

import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.governance.Roster;
import java.util.List;

/**
 * Admits what the centre named in the plugin's id has signed, with a key that the roster knows as
 * this centre's. A copy of another centre's work under one's own name is therefore refused: the
 * signature is over the name too.
 *
 * @param roster the members and their keys
 */
public record SignatureCheck(Roster roster) implements AdmissionCheck {
  @Override
  public List<Finding> examine(Contribution offered, List<Contribution> admitted) {
    return roster
        .faultOf(offered)
        .map(fault -> fault + ", at plugin " + offered.module().id())
        .map(message -> List.of(new FindingDraft("signature").refuse(message)))
        .orElseGet(List::of);
  }
}
