package io.medforge.forge.admission;

import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Replacement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Admits distilled sets and heads of declared label spaces only: the same name, classes and order.
 * Thread-safe.
 */
public final class LabelSpaceCheck implements AdmissionCheck {
  private final Set<LabelSpace> declared;

  private LabelSpaceCheck(Collection<LabelSpace> declared) {
    this.declared = Set.copyOf(declared);
  }

  /**
   * A check for some label spaces.
   *
   * @param declared what may be contributed
   * @return the check
   */
  public static LabelSpaceCheck of(Collection<LabelSpace> declared) {
    return new LabelSpaceCheck(declared);
  }

  @Override
  public List<Finding> examine(Contribution offered, List<Contribution> admitted) {
    List<Finding> findings = new ArrayList<>();
    check(offered.distilled().labels(), "the distilled set", offered, findings);
    offered
        .module()
        .updates()
        .forEach(
            (layer, update) -> {
              if (update instanceof Replacement head) {
                check(head.labels(), "head " + layer, offered, findings);
              }
            });
    return findings;
  }

  private void check(LabelSpace found, String where, Contribution offered, List<Finding> findings) {
    if (!declared.contains(found)) {
      findings.add(
          new FindingDraft("label space")
              .refuse(
                  "expected one of the label spaces "
                      + declared.stream().map(LabelSpaceCheck::text).sorted().toList()
                      + ", found "
                      + text(found)
                      + ", at plugin "
                      + offered.module().id()
                      + ", "
                      + where));
    }
  }

  private static String text(LabelSpace space) {
    return space.name() + space.classes();
  }
}
