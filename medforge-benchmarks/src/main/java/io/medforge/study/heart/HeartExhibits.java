package io.medforge.study.heart;

import io.medforge.merge.alignment.ConflictReport;
import io.medforge.merge.alignment.LayerConflict;
import io.medforge.plugin.PluginId;
import io.medforge.report.BarChart;
import io.medforge.report.HeatMap;
import io.medforge.report.LineChart;
import io.medforge.report.ScatterPlot;
import io.medforge.study.evidence.Estimate;
import io.medforge.study.evidence.EvidenceTable;
import io.medforge.study.evidence.Exhibit;
import io.medforge.study.evidence.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/** The heart suite's figures, each with its sentence. */
final class HeartExhibits {
  private static final List<String> SHOWN =
      List.of("local", "pooled", "FedAvg", "FedAdam", "Fusion", "Mixture");

  private HeartExhibits() {}

  static List<Exhibit> of(EvidenceTable table, HeartSuite.Facts facts) {
    List<Exhibit> exhibits = new ArrayList<>();
    exhibits.add(perCentre(table));
    exhibits.add(means(table));
    exhibits.add(published(table));
    exhibits.add(bytes(table));
    exhibits.add(shares(facts.ownWeights()));
    exhibits.add(
        facts
            .history()
            .fitted()
            .exhibit(
                "Mixture's fitted weights as hospitals join",
                "One common set of weights, fitted to the distilled sets of those who have joined"
                    + " (the method 'Mixture, fitted'); of one seed, and with 40 synthetic patients"
                    + " a hospital the lines are not sure to a tenth."));
    exhibits.add(
        facts
            .history()
            .searched()
            .exhibit(
                "Fusion's searched weights as hospitals join",
                "How much of each module the search puts into the fused one (the method 'Fusion,"
                    + " searched'); weights need not sum to 1 and are as unsure as the fitted"
                    + " ones."));
    exhibits.add(
        facts
            .history()
            .lineage()
            .exhibit(
                "Every version is made of all modules that are admitted; the last one, after a"
                    + " withdrawal, is again the model that never saw the hospital. This is a"
                    + " record, not an estimate, and is certain."));
    exhibits.add(conflict(facts));
    exhibits.add(privacy(table, facts.attacks()));
    exhibits.add(growth(facts.growth()));
    return exhibits;
  }

  private static Exhibit perCentre(EvidenceTable table) {
    List<BarChart.Bar> bars = new ArrayList<>();
    for (String centre : table.centres()) {
      for (String method : SHOWN) {
        bars.add(bar(centre, method, table.row(method).at(Quantity.ACCURACY, centre)));
      }
    }
    return new Exhibit(
        new BarChart("Accuracy at each hospital", "accuracy", bars).draw(),
        "How many of 100 patients each method calls rightly at each hospital; the thin lines are 95"
            + " % intervals, so where they overlap widely, as at Switzerland with 16 patients, the"
            + " order of the bars is not sure.");
  }

  private static Exhibit means(EvidenceTable table) {
    List<BarChart.Bar> bars = new ArrayList<>();
    for (EvidenceTable.Row row : table.rows()) {
      if (!row.entrant().group().startsWith("LoRA")) {
        bars.add(bar(row.entrant().name(), "", row.meanOfCentres(Quantity.ACCURACY)));
      }
    }
    return new Exhibit(
        new BarChart("Mean of the four hospitals, logistic model", "accuracy", bars).draw(),
        "Every hospital counting the same, whatever its size: Mixture, which lets each hospital"
            + " weigh all plugins for itself, calls most patients rightly; differences among the"
            + " Fusions, and among the other Mixtures, are mostly chance.");
  }

  private static Exhibit published(EvidenceTable table) {
    List<BarChart.Bar> bars = new ArrayList<>();
    for (PublishedResults.Published each : PublishedResults.ALL) {
      bars.add(BarChart.Bar.of(each.method() + ", published", each.mean()));
    }
    for (String method : List.of("pooled", "FedAvg", "FedAdam", "Fusion", "Mixture")) {
      bars.add(bar(method + ", here", "", table.row(method).meanOfCentres(Quantity.ACCURACY)));
    }
    return new Exhibit(
        new BarChart("Beside FLamby's published values", "accuracy, mean of hospitals", bars)
            .draw(),
        "The same test patients as in FLamby's benchmark: what it published, which has no"
            + " intervals, beside what was measured here.");
  }

  private static Exhibit bytes(EvidenceTable table) {
    List<ScatterPlot.Point> points = new ArrayList<>();
    for (EvidenceTable.Row row : table.rows()) {
      if (row.entrant().cost().total() > 0) {
        points.add(
            new ScatterPlot.Point(
                row.entrant().name(),
                // A LoRA's name says so; its colour is the method's.
                row.entrant().group().replaceFirst("^LoRA[:,] ", ""),
                StrictMath.log10((double) row.entrant().cost().total()),
                row.meanOfCentres(Quantity.ACCURACY).value()));
      }
    }
    return new Exhibit(
        new ScatterPlot(
                "Bytes against accuracy",
                "bytes up and down, all hospitals, power of ten",
                "accuracy, mean of hospitals",
                points)
            .draw(),
        "Up and to the left is better: merging once sends a fraction of what fifteen rounds of"
            + " federated learning send; each step to the right on the axis is ten times as much."
            + " Points that crowd stand without a name; the table names all.");
  }

  private static Exhibit shares(SortedMap<String, SortedMap<String, Double>> ownWeights) {
    List<String> centres = List.copyOf(ownWeights.keySet());
    List<List<Double>> values = new ArrayList<>();
    ownWeights.values().forEach(weights -> values.add(List.copyOf(weights.values())));
    return new Exhibit(
        new HeatMap("Whom each hospital listens to", "weight", centres, centres, values, -1, 1)
            .draw(),
        "Each line is a hospital and shares out a weight of 1 over the four plugins, as its own"
            + " training patients ask for.");
  }

  private static Exhibit conflict(HeartSuite.Facts facts) {
    ConflictReport report = ConflictReport.of(facts.plugins());
    LayerConflict weights = report.layers().get(LogisticRuntime.WEIGHTS);
    if (weights == null) {
      throw new IllegalStateException("expected plugins that change weights, found none");
    }
    List<String> names = report.plugins().stream().map(PluginId::centre).toList();
    List<List<Double>> values = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      List<Double> line = new ArrayList<>();
      for (int j = 0; j < names.size(); j++) {
        line.add(i == j ? 1.0 : weights.cosine(i, j));
      }
      values.add(line);
    }
    return new Exhibit(
        new HeatMap("Do the hospitals' models agree?", "cosine", names, names, values, -1, 1)
            .draw(),
        "1 means that two hospitals' models weigh the findings alike, 0 that they have nothing to"
            + " do with each other, below 0 that they contradict: averaging those loses what either"
            + " knew. Switzerland's model, of diseased patients only, knows no findings, only a"
            + " prevalence.");
  }

  /** Epsilon 1, 4, 16, and none, each two powers of two further on. */
  private static Exhibit privacy(EvidenceTable table, List<HeartLeakage.Attack> attacks) {
    List<Double> x = new ArrayList<>();
    List<Double> mixture = new ArrayList<>();
    List<Double> fusion = new ArrayList<>();
    List<Double> module = new ArrayList<>();
    List<Double> set = new ArrayList<>();
    for (double epsilon : PrivacyMethods.EPSILONS) {
      x.add(2.0 * x.size());
      mixture.add(mean(table, PrivacyMethods.mixture(epsilon)));
      fusion.add(mean(table, PrivacyMethods.fusion(epsilon)));
      module.add(strongest(attacks, HeartSuite.guaranteed(epsilon), false));
      set.add(strongest(attacks, HeartSuite.guaranteed(epsilon), true));
    }
    x.add(2.0 * x.size());
    mixture.add(mean(table, "LoRA: Mixture"));
    fusion.add(mean(table, "LoRA: Fusion"));
    module.add(strongest(attacks, HeartSuite.LORA, false));
    set.add(strongest(attacks, HeartSuite.LORA, true));
    return new Exhibit(
        LineChart.of(
                "Privacy against use, LoRA",
                "epsilon as a power of two: 0, 2, 4; 6 stands for no guarantee",
                "share",
                List.of(
                    new LineChart.Series("Mixture, accuracy", x, mixture),
                    new LineChart.Series("Fusion, accuracy", x, fusion),
                    new LineChart.Series("strongest attack on the module, AUC", x, module),
                    new LineChart.Series("on the distilled set, never private, AUC", x, set)))
            .draw(),
        "From left to right the guarantee gets weaker: a smaller epsilon lets less be told about"
            + " any single patient and costs accuracy; an attack of 0.5 is guessing, and with 199"
            + " patients its value is sure to about a tenth. The guarantee covers the module; the"
            + " distilled set is made without noise and these two methods do not send it.");
  }

  private static Exhibit growth(GrowthCurve growth) {
    List<Double> x = new ArrayList<>();
    List<Double> local = new ArrayList<>();
    List<Double> pooled = new ArrayList<>();
    List<Double> fusion = new ArrayList<>();
    List<Double> mixture = new ArrayList<>();
    for (GrowthCurve.Point point : growth.points()) {
      x.add(StrictMath.log((double) point.hospitals()) / StrictMath.log(2.0));
      local.add(point.local());
      pooled.add(point.pooled());
      fusion.add(point.fusion());
      mixture.add(point.mixture());
    }
    return new Exhibit(
        LineChart.of(
                "More hospitals (simulated)",
                "hospitals as a power of two: 1 is 2, 6 is 64",
                "accuracy, mean of hospitals",
                List.of(
                    new LineChart.Series("local", x, local),
                    new LineChart.Series("pooled", x, pooled),
                    new LineChart.Series("Fusion", x, fusion),
                    new LineChart.Series("Mixture", x, mixture)))
            .draw(),
        "Simulated patients, so this shows a trend and no medicine: what each method gains as more"
            + " hospitals join, each with its own share of the diseased.");
  }

  private static double mean(EvidenceTable table, String method) {
    return table.row(method).meanOfCentres(Quantity.ACCURACY).value();
  }

  private static double strongest(
      List<HeartLeakage.Attack> attacks, String artefact, boolean onSet) {
    return HeartLeakage.strongest(
            attacks.stream()
                .filter(each -> each.artefact().equals(artefact) && each.onSet() == onSet)
                .toList())
        .auc()
        .value();
  }

  private static BarChart.Bar bar(String label, String group, Estimate estimate) {
    return new BarChart.Bar(label, group, estimate.value(), estimate.low(), estimate.high());
  }
}
