package io.medforge.study.heart;

import io.medforge.forge.Contribution;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.audit.AttackResult;
import io.medforge.plugin.audit.AuditReport;
import io.medforge.plugin.audit.Cohort;
import io.medforge.plugin.audit.Estimate;
import io.medforge.plugin.audit.LeakageAudit;
import io.medforge.study.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.stream.IntStream;

/**
 * What leaves a hospital, attacked: can anybody tell who was among its patients? A plugin and a
 * distilled set are made from a random half of a hospital's training patients, the members; the
 * other half are the strangers. Test patients take no part.
 */
final class HeartLeakage {
  private static final int SHADOWS = 16;

  private final HeartPlan plan;
  private final SortedMap<String, CentreRows> training;

  HeartLeakage(HeartPlan plan, SortedMap<String, CentreRows> training) {
    this.plan = plan;
    this.training = training;
  }

  /**
   * One attack on one artefact.
   *
   * @param artefact which model, and its guarantee if it has one
   * @param centre whose
   * @param attack by its name in the audit
   * @param auc how well it tells members from strangers: one half is guessing
   * @param verdict the audit's
   */
  record Attack(String artefact, String centre, String attack, Estimate auc, String verdict) {
    /** Whether the distilled set was attacked, not the module. */
    boolean onSet() {
      return attack.equals("distilled-membership");
    }
  }

  /** How a plugin is trained. */
  @FunctionalInterface
  interface Training {
    PluginModule train(PluginId id, CentreRows patients, long seed);
  }

  /** All attacks that tell members from strangers. */
  List<Attack> attack(String artefact, String centre, ModelFamily family, Training how) {
    CentreRows patients = training.get(centre);
    if (patients == null) {
      throw new IllegalArgumentException("expected a hospital, found " + centre);
    }
    long seed = Seeds.derive(plan.seeds().get(0), "leakage/" + centre);
    List<Integer> order = new ArrayList<>(IntStream.range(0, patients.size()).boxed().toList());
    Collections.shuffle(order, new Random(seed));
    CentreRows members = select(patients, order.subList(0, order.size() / 2));
    CentreRows strangers = select(patients, order.subList(order.size() / 2, order.size()));
    PluginId id = new PluginId(centre, "heart", "1");
    HeartDistillation distillation =
        new HeartDistillation(plan.distilledRows(), family.distilledOn());
    Contribution contribution =
        new Contribution(how.train(id, members, seed), distillation.distil(centre, members, seed));
    AuditReport report =
        LeakageAudit.of(contribution, family.runtime(), cohort(members), cohort(strangers))
            .shadows(
                SHADOWS,
                (part, index) -> how.train(id, rows(part), Seeds.derive(seed, "shadow" + index)))
            .withoutAttribute("the study attacks membership")
            .seed(seed)
            .build()
            .run();
    List<Attack> attacks = new ArrayList<>();
    for (AttackResult result : report.results()) {
      Estimate auc = result.figures().get("auc");
      if (auc != null) {
        attacks.add(
            new Attack(artefact, centre, result.attack(), auc, result.verdict().toString()));
      }
    }
    return attacks;
  }

  /** The attack that told most. */
  static Attack strongest(List<Attack> attacks) {
    Attack strongest = attacks.get(0);
    for (Attack attack : attacks) {
      strongest = attack.auc().value() > strongest.auc().value() ? attack : strongest;
    }
    return strongest;
  }

  private static CentreRows select(CentreRows rows, List<Integer> which) {
    return rows.select(which.stream().mapToInt(Integer::intValue).toArray());
  }

  private static Cohort cohort(CentreRows rows) {
    return Cohort.of(rows.inputs(), rows.classes());
  }

  private static CentreRows rows(Cohort cohort) {
    float[] values = cohort.inputs().values().toFloats();
    int width = values.length / cohort.size();
    float[][] rows = new float[cohort.size()][width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(values, i * width, rows[i], 0, width);
    }
    return CentreRows.of(rows, cohort.classes());
  }
}
