package io.medforge.study.xray;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.plugin.audit.AttackResult;
import io.medforge.plugin.audit.Estimate;
import io.medforge.plugin.audit.Verdict;
import io.medforge.report.LineChart;
import io.medforge.study.evidence.EvidenceJson;
import io.medforge.study.evidence.EvidenceTable;
import io.medforge.study.evidence.Exhibit;
import io.medforge.study.evidence.Quantity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the attacks on what leaves showed, for programs and for readers. */
final class LeakageReport {
  private static final String FOUND = "tpr-at-fpr-0.01";

  private LeakageReport() {}

  /** How it was done. */
  static List<String> setting(XrayPlan plan) {
    if (plan.epsilons().isEmpty()) {
      return List.of("Leakage: attacked in the suite of three hospitals alone, to save time.");
    }
    return List.of(
        String.format(
            Locale.ROOT,
            "Differential privacy: (epsilon, %.4f) per image for module and distilled images"
                + " together, of which the images alone may spend %.0f %%; LoRA by DP-SGD, %d"
                + " passes in steps of %d images, distilled images from two noisy queries; the"
                + " first %d seeds. A child of several images is not covered as a child.",
            PrivateBranch.DELTA,
            100 * PrivateBranch.SET_SHARE,
            plan.epochs(),
            PrivateBranch.BATCH,
            PrivateMethods.RUNS),
        String.format(
            Locale.ROOT,
            "Leakage: at every hospital module and distilled images were made anew of a random half"
                + " of its training images, the members; the other half, of the same scanner and"
                + " the same mix, are strangers. Attacks of the audit with %d shadow modules,"
                + " trained without noise; first seed; the audit's standard limits.",
            plan.shadows()));
  }

  /** One entry per kind of artefact, guarantee and hospital. */
  static ArrayNode json(List<XrayLeakage.Audited> audits) {
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    for (boolean onSet : new boolean[] {false, true}) {
      for (XrayLeakage.Audited each : audits) {
        entry(each, onSet, json.addObject());
      }
    }
    return json;
  }

  private static void entry(XrayLeakage.Audited audited, boolean onSet, ObjectNode json) {
    json.put("artefact", onSet ? "distilled images" : "LoRA module");
    audited
        .epsilon()
        .ifPresentOrElse(
            epsilon -> json.put("epsilon", EvidenceJson.rounded(epsilon)),
            () -> json.putNull("epsilon"));
    AttackResult strongest = audited.strongest(onSet);
    json.put("centre", audited.centre())
        .put("members", audited.report().members())
        .put("strangers", audited.report().strangers())
        .put("attack", strongest.attack());
    estimate(strongest, "auc", "auc", json);
    audited.attacks(onSet).stream()
        .filter(each -> each.figures().containsKey(FOUND))
        .max(Comparator.comparingDouble(each -> XrayLeakage.figure(each, FOUND).value()))
        .ifPresent(each -> estimate(each, FOUND, "mostFoundAtOnePercent", json));
    json.put("verdict", verdict(audited, onSet).toString())
        .put("level", audited.report().level().toString());
    ArrayNode attacks = json.putArray("attacks");
    for (AttackResult attack : audited.attacks(onSet)) {
      ObjectNode line = attacks.addObject().put("attack", attack.attack());
      estimate(attack, "auc", "auc", line);
      estimate(attack, FOUND, "foundAtOnePercent", line);
      estimate(attack, "distance-ratio", "distanceRatio", line);
      line.put("verdict", attack.verdict().toString()).put("reason", attack.reason());
    }
  }

  private static Verdict verdict(XrayLeakage.Audited audited, boolean onSet) {
    return audited.attacks(onSet).stream()
        .map(AttackResult::verdict)
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  private static void estimate(AttackResult attack, String figure, String key, ObjectNode json) {
    Estimate estimate = attack.figures().get(figure);
    if (estimate != null) {
      json.putObject(key)
          .put("value", EvidenceJson.rounded(estimate.value()))
          .put("low", EvidenceJson.rounded(estimate.lower()))
          .put("high", EvidenceJson.rounded(estimate.upper()));
    }
  }

  /** The guarantees as powers of two, and two further on none. */
  static Optional<Exhibit> exhibit(EvidenceTable table, XrayPlan plan, XrayFacts facts) {
    if (facts.leakage().isEmpty()) {
      return Optional.empty();
    }
    List<Double> x = new ArrayList<>();
    List<Double> mixture = new ArrayList<>();
    List<Double> fusion = new ArrayList<>();
    List<Double> module = new ArrayList<>();
    List<Double> images = new ArrayList<>();
    for (double epsilon : plan.epsilons()) {
      x.add(StrictMath.log(epsilon) / StrictMath.log(2.0));
      mixture.add(auc(table, PrivateMethods.name(epsilon, XrayMethods.MIXTURE)));
      fusion.add(auc(table, PrivateMethods.name(epsilon, XrayMethods.FUSION)));
      module.add(worst(facts, Optional.of(epsilon), false));
      images.add(worst(facts, Optional.of(epsilon), true));
    }
    double last = x.get(x.size() - 1) + 2;
    x.add(last);
    mixture.add(auc(table, XrayMethods.MIXTURE));
    fusion.add(auc(table, XrayMethods.FUSION));
    module.add(worst(facts, Optional.empty(), false));
    images.add(worst(facts, Optional.empty(), true));
    return Optional.of(
        new Exhibit(
            LineChart.of(
                    "Privacy against use",
                    String.format(
                        Locale.ROOT,
                        "epsilon as a power of two; %.0f stands for no guarantee",
                        last),
                    "AUC",
                    List.of(
                        new LineChart.Series("Mixture", x, mixture),
                        new LineChart.Series("Fusion", x, fusion),
                        new LineChart.Series("strongest attack on a module", x, module),
                        new LineChart.Series("... on distilled images", x, images)))
                .draw(),
            "From left to right the guarantee, for module and distilled images together, gets"
                + " weaker: the upper lines are what the methods are worth to patients, the mean of"
                + " hospitals; the lower ones are how well the strongest of all attacks, at the"
                + " worst hospital, tells whose image was used, 0.5 being a guess. Intervals are in"
                + " the table below; the strongest of several is above 0.5 by chance alone."));
  }

  private static double auc(EvidenceTable table, String method) {
    return table.row(method).meanOfCentres(Quantity.AUC).value();
  }

  private static double worst(XrayFacts facts, Optional<Double> epsilon, boolean onSet) {
    return facts.leakage().stream()
        .filter(each -> each.epsilon().equals(epsilon))
        .mapToDouble(each -> XrayLeakage.figure(each.strongest(onSet), "auc").value())
        .max()
        .orElseThrow();
  }
}
