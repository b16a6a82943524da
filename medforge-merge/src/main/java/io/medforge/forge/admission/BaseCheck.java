package io.medforge.forge.admission;

import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.plugin.BaseModel;
import java.util.List;

/**
 * Admits modules of the declared base only, so that the first contribution does not choose it. A
 * base matched by name alone is quarantined where the declared one is known by digest: a name is
 * easily kept while weights are swapped.
 *
 * @param declared the base
 */
public record BaseCheck(BaseModel declared) implements AdmissionCheck {
  @Override
  public List<Finding> examine(Contribution offered, List<Contribution> admitted) {
    BaseModel found = offered.module().base();
    FindingDraft draft = new FindingDraft("base");
    String message =
        "expected base " + declared + ", found " + found + ", at plugin " + offered.module().id();
    if (!found.matches(declared)) {
      return List.of(draft.refuse(message));
    }
    return declared.digest().isPresent() && found.digest().isEmpty()
        ? List.of(draft.quarantine(message + " (matched by name only)"))
        : List.of();
  }
}
