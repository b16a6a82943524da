package io.medforge.study.xray;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.admission.AdmissionPolicy;
import io.medforge.forge.admission.NormCheck;
import io.medforge.forge.admission.OutlierCheck;
import io.medforge.forge.mainline.Mainline;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.PluginSet;
import io.medforge.merge.alignment.LowRankGram;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The last hospital sends poison instead of what it trained. It knows what an attacker may know: it
 * sends a well-formed module of the right base under its own name.
 *
 * @param contributions of all hospitals, the last one poisoned
 * @param admitted those that a main branch with checks admits, offered in order of name
 * @param outcome what became of the poison
 * @param findings what the checks said of it
 */
record PoisonedHospital(
    List<Contribution> contributions,
    List<Contribution> admitted,
    String outcome,
    List<String> findings) {
  /** The greatest norm, in norms of the first hospital's module, which the maintainer has seen. */
  static final double TIMES_FIRST = 10;

  /** The greatest multiple of the admitted modules' median norm. */
  static final double TIMES_MEDIAN = 3;

  /** Robust deviations from which a module is an outlier. */
  static final double DEVIATIONS = 4;

  private static final double FACTOR = -100;

  /** How. */
  enum Poison {
    /** Trained on images whose every class was turned round. */
    TURNED_CLASSES("classes turned round"),
    /** What was trained, times -100. */
    REVERSED("sign reversed, times 100");

    private final String text;

    Poison(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  /** Copies the lists. */
  PoisonedHospital {
    contributions = List.copyOf(contributions);
    admitted = List.copyOf(admitted);
    findings = List.copyOf(findings);
  }

  static PoisonedHospital of(XrayRun run, XrayHospitals hospitals, Poison poison) {
    List<Contribution> contributions = new ArrayList<>(run.contributions());
    Contribution honest = contributions.remove(contributions.size() - 1);
    String centre = honest.module().id().centre();
    Images turned = hospitals.of(centre).turned();
    contributions.add(
        switch (poison) {
          case TURNED_CLASSES ->
              new Contribution(
                  run.models().lora(centre, turned), run.models().distil(centre, turned));
          case REVERSED -> new Contribution(reversed(honest.module()), honest.distilled());
        });
    return offered(contributions);
  }

  /** What the checks make of honest contributions. */
  static PoisonedHospital honest(XrayRun run) {
    return offered(run.contributions());
  }

  private static PoisonedHospital offered(List<Contribution> contributions) {
    MergeStrategy<PluginModule> strategy = Fusion.average().rank(XrayModels.RANK).build();
    Mainline<PluginModule> branch =
        Mainline.of(strategy)
            .policy(
                AdmissionPolicy.<PluginModule>builder()
                    .check(new NormCheck(TIMES_FIRST * normOfFirst(contributions), TIMES_MEDIAN))
                    .check(OutlierCheck.beyond(DEVIATIONS))
                    .build())
            .build();
    List<Contribution> admitted = new ArrayList<>();
    String outcome = "";
    List<Finding> findings = List.of();
    for (Contribution each : contributions) {
      Admission<PluginModule> answer = branch.offer(each);
      if (answer instanceof Admission.Admitted<PluginModule>) {
        admitted.add(each);
      }
      outcome = outcome(answer);
      findings = findings(answer);
    }
    return new PoisonedHospital(
        contributions, admitted, outcome, findings.stream().map(PoisonedHospital::text).toList());
  }

  private static double normOfFirst(List<Contribution> contributions) {
    return LowRankGram.of(PluginSet.of(List.of(contributions.get(0).module()))).norm(0);
  }

  static String outcome(Admission<?> answer) {
    return answer.getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  static List<Finding> findings(Admission<?> answer) {
    if (answer instanceof Admission.Admitted<?> admitted) {
      return admitted.findings();
    }
    if (answer instanceof Admission.Quarantined<?> quarantined) {
      return quarantined.findings();
    }
    return answer instanceof Admission.Refused<?> refused ? refused.findings() : List.of();
  }

  static String text(Finding finding) {
    return finding.check() + ": " + finding.message();
  }

  /** Whether the last hospital's module is in what was admitted. */
  boolean lastAdmitted() {
    return admitted.contains(contributions.get(contributions.size() - 1));
  }

  private static PluginModule reversed(PluginModule module) {
    SortedMap<String, Update> updates = new TreeMap<>();
    module
        .updates()
        .forEach(
            (layer, update) -> {
              if (!(update instanceof LowRankUpdate lowRank)) {
                throw new IllegalArgumentException("expected low-rank updates, found another");
              }
              updates.put(
                  layer,
                  new LowRankUpdate(
                      lowRank.a(), lowRank.b(), FACTOR * lowRank.scaling(), lowRank.layout()));
            });
    return PluginModule.of(module.id(), module.base(), updates, module.provenance());
  }
}
