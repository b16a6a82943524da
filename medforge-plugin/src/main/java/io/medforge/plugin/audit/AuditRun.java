package io.medforge.plugin.audit;

import io.medforge.plugin.PluginModule;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** One run of an audit, from answers to verdicts. */
final class AuditRun {
  static final String LOSS = "loss-threshold";
  static final String REFERENCED = "base-referenced-loss";
  static final String LIRA_OFFLINE = "lira-offline";
  static final String LIRA_ONLINE = "lira-online";
  static final String RMIA = "rmia";
  static final String CANARIES = "canaries";
  static final Set<String> KNOWN =
      Set.of(
          LOSS,
          REFERENCED,
          LIRA_OFFLINE,
          LIRA_ONLINE,
          RMIA,
          CANARIES,
          NearestNeighbours.NAME,
          DistilledMembership.NAME,
          ClassMeans.NAME,
          AttributeInference.NAME);

  private static final double GAMMA = 2;

  private final LeakageAudit audit;
  private final Cohort pool;
  private final PluginModule module;
  private final List<AttackResult> results = new ArrayList<>();
  private final int steps;
  private int done;

  AuditRun(LeakageAudit audit) {
    this.audit = audit;
    this.pool = AuditInputs.pool(audit.members(), audit.strangers());
    this.module = audit.contribution().module();
    this.steps =
        audit.shadows()
            + membershipAttacks().size()
            + 3
            + (audit.attribute() == null ? 0 : 1)
            + (audit.canaries() == null ? 0 : 1);
  }

  AuditReport report() {
    MembershipEvidence evidence = evidence();
    membershipAttacks().forEach((name, attack) -> add(membership(name, attack.score(evidence))));
    attackDistilledSet();
    attackAttribute();
    attackCanaries();
    return new AuditReport(
        LeakageAudit.VERSION,
        module.id(),
        module.base(),
        module.digest(),
        audit.contribution().distilled().digest(),
        audit.members().size(),
        audit.strangers().size(),
        audit.shadows(),
        audit.seed(),
        audit.limits(),
        Optional.ofNullable(audit.guarantee()),
        audit.safeguards(),
        Optional.ofNullable(audit.noAttribute()),
        results,
        AuditLimitations.of(audit));
  }

  private SortedMap<String, MembershipAttack> membershipAttacks() {
    SortedMap<String, MembershipAttack> attacks = new TreeMap<>(audit.ownAttacks());
    attacks.put(LOSS, MembershipAttack.lossThreshold());
    attacks.put(REFERENCED, MembershipAttack.baseReferencedLoss());
    if (audit.shadows() > 0) {
      attacks.put(LIRA_OFFLINE, MembershipAttack.offlineLikelihoodRatio());
      attacks.put(LIRA_ONLINE, MembershipAttack.onlineLikelihoodRatio());
      attacks.put(RMIA, MembershipAttack.relativeMembership(GAMMA));
    }
    return attacks;
  }

  private MembershipEvidence evidence() {
    MembershipEvidence evidence =
        MembershipEvidence.of(
            audit.runtime().run(module, pool.inputs()),
            audit.runtime().runBase(pool.inputs()),
            pool.classes(),
            audit.members().size());
    if (audit.shadowTraining() == null) {
      return evidence;
    }
    int index = 0;
    for (BitSet in : ShadowDesign.of(pool.classes(), audit.shadows(), audit.seed())) {
      PluginModule shadow =
          audit.shadowTraining().train(AuditInputs.rows(pool, in.stream().toArray()), index++);
      evidence = evidence.withShadow(audit.runtime().run(shadow, pool.inputs()), in);
      step("shadow");
    }
    return evidence;
  }

  private void attackDistilledSet() {
    double[][] distilled = audit.embed(audit.contribution().distilled().inputs());
    double[][] members = audit.embed(audit.members().inputs());
    double[][] strangers = audit.embed(audit.strangers().inputs());
    add(NearestNeighbours.measure(distilled, members, strangers, audit.limits(), audit.seed()));
    add(
        membership(
            DistilledMembership.NAME, DistilledMembership.score(distilled, members, strangers)));
    add(
        new ClassMeans(
                audit.contribution().distilled(),
                audit.members(),
                audit.strangers(),
                set -> audit.embed(set.inputs()),
                members,
                strangers)
            .measure(audit.previous(), audit.limits()));
  }

  private void attackAttribute() {
    SensitiveAttribute attribute = audit.attribute();
    if (attribute == null) {
      return;
    }
    double[][] members = Cohort.rows(audit.members().inputs());
    int[] truth = attribute.of("members", members);
    AttributeInference inference =
        new AttributeInference(
            attribute, Cohort.rows(audit.strangers().inputs()), audit.strangers().classes());
    double[][] logLikelihoods = new double[attribute.values().size()][members.length];
    for (int v = 0; v < logLikelihoods.length; v++) {
      Outputs answers =
          audit
              .runtime()
              .run(
                  module,
                  AuditInputs.withColumn(
                      audit.members(), attribute.column(), attribute.values().get(v)));
      double[] confidences =
          MembershipEvidence.confidences("the module", answers, audit.members().classes());
      for (int row = 0; row < members.length; row++) {
        logLikelihoods[v][row] = MembershipEvidence.logProbability(confidences[row]);
      }
    }
    add(
        inference.measure(
            logLikelihoods, members, audit.members().classes(), truth, audit.limits()));
  }

  private void attackCanaries() {
    Cohort inserted = audit.canaries();
    if (inserted == null) {
      return;
    }
    Cohort absent = Objects.requireNonNull(audit.absentCanaries());
    MembershipScores scores =
        MembershipScores.of(logProbabilities(inserted), logProbabilities(absent));
    AttackResult judged = membership(CANARIES, scores);
    SortedMap<String, Estimate> figures = new TreeMap<>(judged.figures());
    figures.put("mean-exposure-bits", Estimate.exactly(CanaryExposure.mean(scores)));
    figures.put(
        "greatest-possible-exposure-bits",
        Estimate.exactly(CanaryExposure.greatest(absent.size())));
    add(
        new AttackResult(
            judged.attack(), judged.verdict(), judged.reason(), figures, judged.roc()));
  }

  private double[] logProbabilities(Cohort cohort) {
    double[] confidences =
        MembershipEvidence.confidences(
            "the module", audit.runtime().run(module, cohort.inputs()), cohort.classes());
    for (int row = 0; row < confidences.length; row++) {
      confidences[row] = MembershipEvidence.logProbability(confidences[row]);
    }
    return confidences;
  }

  private AttackResult membership(String name, MembershipScores scores) {
    return MembershipVerdict.judge(name, scores, audit.limits(), audit.guarantee());
  }

  private void add(AttackResult result) {
    results.add(result);
    step(result.attack());
  }

  private void step(String what) {
    done++;
    audit.listener().onStep(what, done, steps);
  }
}
