package io.medforge.study.heart;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.study.Answers;
import io.medforge.study.evidence.EvidenceJson;
import io.medforge.study.evidence.EvidenceSuite;
import io.medforge.study.evidence.EvidenceTable;
import io.medforge.study.evidence.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the heart suite says beside its table. */
final class HeartReport {
  private HeartReport() {}

  static EvidenceSuite of(
      HeartData data, HeartPlan plan, EvidenceTable table, HeartSuite.Facts facts) {
    return new EvidenceSuite(
        HeartSuite.NAME,
        "Heart disease, four real hospitals",
        "740 patients of Cleveland, Budapest (hungarian), Zurich and Basel (switzerland) and Long"
            + " Beach (va), examined for coronary heart disease. Can each hospital, after one"
            + " exchange of a few numbers, do better than with its own model, and as well as if all"
            + " patients lay in one place?",
        setting(data, plan),
        table,
        comparisons(table),
        HeartGoals.of(table),
        notes(table),
        HeartExhibits.of(table, facts),
        details(facts));
  }

  private static List<String> setting(HeartData data, HeartPlan plan) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "Data: UCI Heart Disease (Janosi, Steinbrunn, Pfisterer, Detrano; CC BY 4.0), FLamby's"
            + " rows, 13 features and split; standardised per centre by its training rows.");
    data.training()
        .forEach(
            (centre, rows) ->
                lines.add(
                    String.format(
                        Locale.ROOT,
                        "%s: %d training patients, %d of them diseased; %d test patients.",
                        centre,
                        rows.size(),
                        rows.count(CentreRows.DISEASED),
                        data.test().sizes().get(centre))));
    lines.add(
        String.format(
            Locale.ROOT,
            "Logistic model: 14 numbers, ridge of %.0f towards a base of zeros, sent in F16.",
            plan.ridge()));
    lines.add(
        "LoRA: rank 2 on a perceptron 13-16-2 of random, public weights that were never trained, 30"
            + " epochs, sent in F32.");
    lines.add(
        "Switzerland's training patients are all diseased. Its logistic plugin trains like any"
            + " other, the ridge keeping the intercept finite; its LoRA adds one imagined healthy"
            + " patient, average in everything; its distilled set holds diseased examples only.");
    lines.add(
        "Distilled sets: "
            + plan.distilledRows()
            + " synthetic patients per hospital from noise, distribution matching; classes as at"
            + " the hospital.");
    lines.add(
        "Mixture: each hospital weighs all plugins by how well they explain its own training"
            + " patients, each asked of an own plugin that had not seen that patient ("
            + plan.folds()
            + " folds). It needs no distilled set.");
    lines.add(
        "FedAvg, FedProx, FedAdam: FLamby's 15 rounds of 100 local updates on batches of 4 and its"
            + " rates; 'tuned rate' is FedAvg at 0.03, the best of 0.001 to 0.1 on training rows.");
    lines.add(
        "Differential privacy: LoRA by DP-SGD, (epsilon, 0.001) per patient, two seeds; in Mixture"
            + " a hospital asks its own plugin as it is. Attacks: a plugin of a random half of a"
            + " hospital's training patients, 16 shadow plugins, the other half as strangers.");
    lines.add(
        "Growth: 2 to 64 simulated hospitals of 60 training and 200 test patients, one logistic"
            + " truth with drift and a prevalence per hospital, three draws.");
    lines.add(
        "Seeds: "
            + plan.seeds()
            + "; a value is their mean. Methods that draw nothing run once. All choices were made"
            + " by cross-validation on training rows; test patients were opened once.");
    return lines;
  }

  private static List<EvidenceTable.Comparison> comparisons(EvidenceTable table) {
    String single = table.best(HeartMethods.SINGLE).entrant().name();
    List<EvidenceTable.Comparison> comparisons = new ArrayList<>();
    for (String other :
        List.of(
            "pooled",
            "FedAvg",
            "FedAdam",
            "FedAvg, tuned rate",
            "local",
            single,
            "MedForgeReference")) {
      comparisons.add(table.compare("Mixture", other));
    }
    for (String other : List.of("pooled", "FedAvg", "FedAdam", single, "MedForgeReference")) {
      comparisons.add(table.compare("Fusion", other));
    }
    comparisons.add(table.compare("LoRA: Mixture", "LoRA: FedAvg, all parameters"));
    comparisons.add(table.compare("LoRA: Mixture", "LoRA: pooled"));
    comparisons.add(table.compare("LoRA: Fusion", "LoRA: MedForgeReference"));
    return comparisons;
  }

  private static List<String> notes(EvidenceTable table) {
    List<String> notes = new ArrayList<>(List.of(prevalence(table)));
    notes.addAll(fixed(table));
    return notes;
  }

  /** At which hospitals Mixture calls all patients alike, with every seed. */
  private static String prevalence(EvidenceTable table) {
    EvidenceTable.Row mixture = table.row(HeartMethods.MIXTURE);
    List<String> alike = new ArrayList<>();
    for (int c = 0; c < table.centres().size(); c++) {
      int called = 0;
      int patients = 0;
      for (List<Answers> run : mixture.answers()) {
        for (int i = 0; i < run.get(c).size(); i++) {
          called += run.get(c).score(i) >= 0.5 ? 1 : 0;
          patients++;
        }
      }
      if (called == patients || called == 0) {
        alike.add(
            String.format(
                Locale.ROOT,
                "%s (%s, right in %.3f, balanced accuracy %.3f)",
                table.centres().get(c),
                called == 0 ? "nobody diseased" : "everybody diseased",
                mixture.at(Quantity.ACCURACY, table.centres().get(c)).value(),
                mixture.at(Quantity.BALANCED_ACCURACY, table.centres().get(c)).value()));
      }
    }
    if (alike.isEmpty()) {
      return "Mixture calls no hospital's patients all alike.";
    }
    return "Mixture calls all test patients alike, with every seed, at "
        + String.join(" and ", alike)
        + ": its accuracy there is the prevalence, and who must find the others gains nothing by"
        + " it. Mean balanced accuracy: "
        + String.format(
            Locale.ROOT,
            "Mixture %.3f, pooled training %.3f.",
            mixture.meanOfCentres(Quantity.BALANCED_ACCURACY).value(),
            table.row("pooled").meanOfCentres(Quantity.BALANCED_ACCURACY).value());
  }

  private static List<String> fixed(EvidenceTable table) {
    return List.of(
        "Within a hospital features are standardised, so an input does not tell from which hospital"
            + " it comes: gates that go by resemblance (memory) weigh all plugins alike, and one"
            + " model for all (pooled, FedAvg, Fusion) must give hospitals with few and with many"
            + " diseased the same threshold. A hospital that knows itself need not.",
        "Switzerland has 16 test patients: one of them is 6 points of its accuracy and 1.6 of the"
            + " mean of centres. Most of Mixture's lead over pooled training comes from Switzerland"
            + " and Long Beach, where most patients are diseased.",
        "The best single plugin (here "
            + table.best(HeartMethods.SINGLE).entrant().name()
            + ") is chosen by the test itself; no hospital could have chosen it.",
        "An AUC at a hospital whose test patients are of one class, or nearly, says little; the"
            + " mean leaves a hospital out where it is not defined.",
        "Bytes are bare numbers, without file headers, names and signatures, for every method"
            + " alike. A real file of 14 numbers is mostly header.");
  }

  private static ObjectNode details(HeartSuite.Facts facts) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode published = json.putObject("published");
    for (PublishedResults.Published each : PublishedResults.ALL) {
      ObjectNode line = published.putObject(each.method());
      HeartData.CENTRES.forEach(centre -> line.put(centre, EvidenceJson.rounded(each.at(centre))));
      line.put("meanOfCentres", EvidenceJson.rounded(each.mean())).put("rounds", each.rounds());
    }
    json.put("publishedSource", PublishedResults.SOURCE);
    ObjectNode weights = json.putObject("ownWeights");
    facts
        .ownWeights()
        .forEach(
            (centre, byPlugin) -> {
              ObjectNode line = weights.putObject(centre);
              byPlugin.forEach((plugin, weight) -> line.put(plugin, EvidenceJson.rounded(weight)));
            });
    json.set("growth", facts.growth().toJson());
    ObjectNode paths = json.putObject("weightPaths");
    paths.set("fitted", facts.history().fitted().toJson());
    paths.set("searched", facts.history().searched().toJson());
    json.set("lineage", facts.history().lineage().toJson());
    ArrayNode attacks = json.putArray("membershipAttacks");
    for (HeartLeakage.Attack each : facts.attacks()) {
      attacks
          .addObject()
          .put("artefact", each.artefact())
          .put("centre", each.centre())
          .put("attack", each.attack())
          .put("auc", EvidenceJson.rounded(each.auc().value()))
          .put("low", EvidenceJson.rounded(each.auc().lower()))
          .put("high", EvidenceJson.rounded(each.auc().upper()))
          .put("verdict", each.verdict());
    }
    return json;
  }
}
