package io.medforge.study.xray;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.study.evidence.EvidenceJson;
import io.medforge.study.evidence.EvidenceSuite;
import io.medforge.study.evidence.EvidenceTable;
import io.medforge.study.evidence.Lineage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the X-ray suites say beside their tables. */
final class XrayReport {
  private XrayReport() {}

  static EvidenceSuite of(
      XrayPlan plan, XrayHospitals hospitals, EvidenceTable table, XrayFacts facts) {
    int n = plan.hospitals();
    return new EvidenceSuite(
        XraySuite.name(n),
        "Chest X-rays, " + n + " simulated hospitals and an unseen one",
        "Children's chest X-rays, pneumonia or not. The images are real; the "
            + n
            + " hospitals are simulated and differ in whom they see and in their scanners. The"
            + " unseen hospital trained nothing, and no training image came from its scanner: does"
            + " what the others merged hold there?",
        setting(plan, hospitals),
        table,
        comparisons(table),
        XrayGoals.of(table, facts),
        notes(table, facts),
        XrayExhibits.of(table, plan, facts),
        details(facts));
  }

  private static List<String> setting(XrayPlan plan, XrayHospitals hospitals) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "Data: PneumoniaMNIST (MedMNIST v2, CC BY 4.0; Kermany et al., Cell 2018), 28 x 28 pixels."
            + " Its validation and test images are the test, dealt out over all hospitals.");
    lines.add(
        String.format(
            Locale.ROOT,
            "Base: a vision transformer of width %d and %d blocks, pre-trained for %d passes on %d"
                + " images of a share of its own, as they are.",
            plan.width(),
            plan.depth(),
            plan.baseEpochs(),
            hospitals.publicShare().size()));
    hospitals
        .training()
        .forEach(
            (name, images) ->
                lines.add(
                    String.format(
                        Locale.ROOT,
                        "%s: %d training images, %d of them with pneumonia; %d test images;"
                            + " scanner: %s.",
                        name,
                        images.size(),
                        images.count(Images.PNEUMONIA),
                        hospitals.test().sizes().get(name),
                        hospitals.scanner(name).description())));
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: no training image; %d test images; scanner: %s.",
            XrayHospitals.UNSEEN,
            hospitals.test().sizes().get(XrayHospitals.UNSEEN),
            hospitals.scanner(XrayHospitals.UNSEEN).description()));
    lines.add(
        String.format(
            Locale.ROOT,
            "Plugins: LoRA of rank %d on every matrix of the base, %d passes; distilled sets: %d"
                + " synthetic images per class by distribution matching, %d steps.",
            XrayModels.RANK,
            plan.epochs(),
            plan.distilled(),
            plan.distillationSteps()));
    lines.add(
        "FedAvg: LoRAs stacked in each of "
            + plan.rounds()
            + " rounds (FLoRA), weighted by numbers of images; the plugins' passes are shared out"
            + " among the rounds.");
    lines.add(
        "Mixture: the memory gate over the base's features, with its defaults. Poison: the last"
            + " hospital turns its classes round, or sends its module times -100; 'checked' is what"
            + " a main branch merges that asks NormCheck("
            + PoisonedHospital.TIMES_FIRST
            + " times the first hospital's norm, "
            + PoisonedHospital.TIMES_MEDIAN
            + ") and OutlierCheck("
            + PoisonedHospital.DEVIATIONS
            + ") of every module.");
    lines.addAll(LeakageReport.setting(plan));
    lines.add(
        "Seeds: "
            + plan.seeds()
            + " of base, plugins and synthetic images; the deal and the scanners are one. A value"
            + " is the seeds' mean. Not five, so that all suites run in a quarter of an"
            + " hour. Settings were chosen on training images alone; the test was opened once.");
    return lines;
  }

  private static List<EvidenceTable.Comparison> comparisons(EvidenceTable table) {
    List<EvidenceTable.Comparison> comparisons = new ArrayList<>();
    for (String first : List.of(XrayMethods.MIXTURE, XrayMethods.FUSION)) {
      for (String second :
          List.of(
              XrayMethods.POOLED,
              "FedAvg",
              XrayMethods.LOCAL,
              XrayGoals.bestSingle(table),
              XrayMethods.REFERENCE)) {
        comparisons.add(table.compare(first, second));
      }
    }
    comparisons.add(table.compare(XrayMethods.MIXTURE, XrayMethods.PUBLISHED));
    comparisons.add(table.compare(XrayMethods.MIXTURE, "Mixture, equal weights"));
    comparisons.add(table.compare(XrayMethods.FUSION, "Fusion, last hospital late"));
    for (PoisonedHospital.Poison poison : PoisonedHospital.Poison.values()) {
      for (String method : List.of(XrayMethods.FUSION, XrayMethods.MIXTURE)) {
        comparisons.add(
            table.compare(
                PoisonedMethods.name(poison, method + ", checked"),
                PoisonedMethods.name(poison, method)));
      }
    }
    return comparisons;
  }

  private static List<String> notes(EvidenceTable table, XrayFacts facts) {
    List<String> notes = new ArrayList<>();
    notes.add(
        "The best single plugin (here "
            + XrayGoals.bestSingle(table)
            + ") is chosen by the test itself; no hospital could have chosen it.");
    notes.add(
        "Simulated scanners are milder and more regular than real ones, and all images come from"
            + " one hospital's children; nothing here says how a model fares on real patients"
            + " elsewhere.");
    notes.add(
        "Distilled images are few and easy: what is searched or fitted on them alone ('searched',"
            + " MedForgeReference, 'fitted', 'published weights') trusts them more than patients"
            + " bear out.");
    notes.add(
        "Late: the last hospital's module, trained from version 0, counts "
            + weights(facts)
            + ", as much as "
            + String.format(Locale.ROOT, "%.2f", facts.late().effectiveSize())
            + " equal modules in all, by "
            + facts.late().rule()
            + ". A main branch that admits one version of lateness answers: "
            + facts.late().held()
            + ". A module of an earlier base model: "
            + facts.late().otherBase()
            + ".");
    facts
        .attacks()
        .forEach(
            (poison, attacks) ->
                notes.add(
                    "Poison, "
                        + poison.text()
                        + ": admitted with "
                        + attacks.stream().filter(PoisonedHospital::lastAdmitted).count()
                        + " of "
                        + attacks.size()
                        + " seeds. First seed: "
                        + attacks.get(0).outcome()
                        + said(attacks.get(0))
                        + "."));
    int offered = facts.honest().stream().mapToInt(each -> each.contributions().size()).sum();
    int admitted = facts.honest().stream().mapToInt(each -> each.admitted().size()).sum();
    notes.add(
        "Of "
            + offered
            + " honest modules the same checks admit "
            + admitted
            + ". Two modules are no cohort: with fewer than three admitted, nobody can be told to"
            + " be the odd one out, and only a bound on the norm helps.");
    return notes;
  }

  private static String weights(XrayFacts facts) {
    String last = "";
    for (Double share : facts.late().shares().values()) {
      last = String.format(Locale.ROOT, "%.3f of 1", share);
    }
    return last;
  }

  private static String said(PoisonedHospital attack) {
    return attack.findings().isEmpty() ? "" : " (" + String.join("; ", attack.findings()) + ")";
  }

  private static ObjectNode details(XrayFacts facts) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode orders = json.putArray("ordersOfArrival");
    for (Arrivals.Arrival each : facts.arrivals().get(0).arrivals()) {
      ObjectNode line = orders.addObject();
      line.put("order", each.name())
          .put("fusion", each.fusion().toString())
          .put("mixture", each.mixture().toString());
      each.reference()
          .ifPresent(module -> line.put("medForgeReference", module.digest().toString()));
    }
    ObjectNode shares = json.putObject("gateShares");
    facts
        .shares()
        .forEach(
            (centre, byPlugin) -> {
              ObjectNode line = shares.putObject(centre);
              byPlugin.forEach((plugin, weight) -> line.put(plugin, EvidenceJson.rounded(weight)));
            });
    ObjectNode paths = json.putObject("weightPaths");
    paths.set("fitted", facts.fitted().toJson());
    paths.set("searched", facts.searched().toJson());
    ObjectNode late = json.putObject("late");
    facts
        .late()
        .shares()
        .forEach((plugin, share) -> late.put(plugin.centre(), EvidenceJson.rounded(share)));
    late.put("held", facts.late().held()).put("otherBase", facts.late().otherBase());
    ObjectNode poison = json.putObject("poison");
    facts
        .attacks()
        .forEach(
            (kind, attacks) -> {
              ArrayNode lines = poison.putArray(kind.text());
              attacks.forEach(attack -> outcome(attack, lines.addObject()));
            });
    ArrayNode honest = json.putArray("honestLastOffer");
    facts.honest().forEach(each -> outcome(each, honest.addObject()));
    json.set("leakage", LeakageReport.json(facts.leakage()));
    json.set("lineage", new Lineage(facts.arrivals().get(0).versions()).toJson());
    return json;
  }

  private static void outcome(PoisonedHospital attack, ObjectNode json) {
    json.put("outcome", attack.outcome()).put("admitted", attack.admitted().size());
    attack.findings().forEach(json.putArray("findings")::add);
  }
}
