package io.medforge.study.xray;

import io.medforge.report.BarChart;
import io.medforge.report.HeatMap;
import io.medforge.report.ScatterPlot;
import io.medforge.study.evidence.Estimate;
import io.medforge.study.evidence.EvidenceTable;
import io.medforge.study.evidence.Exhibit;
import io.medforge.study.evidence.Lineage;
import io.medforge.study.evidence.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/** The X-ray suites' figures, each with its sentence. */
final class XrayExhibits {
  private static final String AUC = "AUC";
  private static final Set<String> APART =
      Set.of(PoisonedMethods.GROUP, XrayMethods.ORDERED, XrayMethods.LATE, PrivateMethods.GROUP);

  private XrayExhibits() {}

  static List<Exhibit> of(EvidenceTable table, XrayPlan plan, XrayFacts facts) {
    List<Exhibit> exhibits = new ArrayList<>();
    exhibits.add(perCentre(table));
    exhibits.add(means(table));
    exhibits.add(orders(table, facts));
    exhibits.add(poison(table));
    exhibits.add(bytes(table));
    LeakageReport.exhibit(table, plan, facts).ifPresent(exhibits::add);
    exhibits.add(shares(facts.shares()));
    exhibits.add(
        facts
            .fitted()
            .exhibit(
                "Mixture's fitted weights as hospitals join",
                "Whom the fitted mixture listens to after each arrival, judged by the distilled"
                    + " images of those who have joined; of the first seed, another seed moves the"
                    + " lines."));
    exhibits.add(
        facts
            .searched()
            .exhibit(
                "Fusion's searched weights as hospitals join",
                "How much of each module the search puts into the fused one after each arrival;"
                    + " weights need not sum to 1, and with few distilled images they say little"
                    + " about who is better."));
    exhibits.add(
        new Lineage(facts.arrivals().get(0).versions())
            .exhibit(
                "Every version is made of all modules admitted so far, never of the version before"
                    + " it alone; this is a record, not an estimate, and is certain."));
    return exhibits;
  }

  private static Exhibit perCentre(EvidenceTable table) {
    List<BarChart.Bar> bars = new ArrayList<>();
    for (String centre : table.centres()) {
      for (String method :
          List.of(
              XrayMethods.LOCAL,
              XrayMethods.POOLED,
              "FedAvg",
              XrayMethods.REFERENCE,
              XrayMethods.FUSION,
              XrayMethods.MIXTURE)) {
        bars.add(bar(centre, method, table.row(method).at(Quantity.AUC, centre)));
      }
    }
    return new Exhibit(
        new BarChart("AUC at each hospital", AUC, bars).draw(),
        "How well each method tells pneumonia from none at each hospital, the unseen one, which has"
            + " only the base of its own, included: 1 is perfect, one half is guessing; the thin"
            + " lines are 95 % intervals, and where they overlap widely the order is not sure.");
  }

  private static Exhibit means(EvidenceTable table) {
    List<BarChart.Bar> bars = new ArrayList<>();
    for (EvidenceTable.Row row : table.rows()) {
      if (!APART.contains(row.entrant().group())) {
        bars.add(bar(row.entrant().name(), "", row.meanOfCentres(Quantity.AUC)));
      }
    }
    return new Exhibit(
        new BarChart("Mean of the hospitals", AUC, bars).draw(),
        "Every hospital, the unseen one among them, counting the same; the intervals are of the"
            + " patients, and the paired table below says more surely which method is better.");
  }

  private static Exhibit orders(EvidenceTable table, XrayFacts facts) {
    List<BarChart.Bar> bars = new ArrayList<>();
    List<Arrivals.Arrival> arrivals = facts.arrivals().get(0).arrivals();
    for (int i = 0; i < arrivals.size(); i++) {
      String order = arrivals.get(i).name();
      if (arrivals.get(i).reference().isPresent()) {
        String reference =
            i == 0 ? XrayMethods.REFERENCE : XrayMethods.REFERENCE + ", order " + order;
        bars.add(auc(table, order, XrayMethods.REFERENCE, reference));
      }
      bars.add(auc(table, order, XrayMethods.FUSION, XrayMethods.FUSION));
      bars.add(auc(table, order, XrayMethods.MIXTURE, XrayMethods.MIXTURE));
    }
    return new Exhibit(
        new BarChart("The same hospitals in another order of arrival", AUC, bars).draw(),
        "Fusion and Mixture are the same item, byte for byte, in whatever order hospitals arrive,"
            + " so their bars are equal by construction and not by chance; the published fold,"
            + " where it is shown, depends on the order.");
  }

  private static Exhibit poison(EvidenceTable table) {
    List<BarChart.Bar> bars = new ArrayList<>();
    for (EvidenceTable.Row row : table.rows()) {
      if (row.entrant().group().equals(PoisonedMethods.GROUP)) {
        String[] parts = row.entrant().name().split(": ", 2);
        bars.add(bar(parts[1], parts[0], row.meanOfCentres(Quantity.AUC)));
      }
    }
    bars.add(auc(table, XrayMethods.FUSION, "nobody poisons", XrayMethods.FUSION));
    bars.add(auc(table, XrayMethods.MIXTURE, "nobody poisons", XrayMethods.MIXTURE));
    return new Exhibit(
        new BarChart("One hospital sends poison", AUC, bars).draw(),
        "What is left of each method when one hospital's module is made to harm, without defence,"
            + " by a robust rule, and with the main branch's checks; one attacker of two kinds is"
            + " no proof against others.");
  }

  private static Exhibit bytes(EvidenceTable table) {
    List<ScatterPlot.Point> points = new ArrayList<>();
    for (EvidenceTable.Row row : table.rows()) {
      if (row.entrant().cost().total() > 0 && !APART.contains(row.entrant().group())) {
        points.add(
            new ScatterPlot.Point(
                row.entrant().name(),
                row.entrant().group(),
                StrictMath.log10((double) row.entrant().cost().total()),
                row.meanOfCentres(Quantity.AUC).value()));
      }
    }
    return new Exhibit(
        new ScatterPlot(
                "Bytes against AUC",
                "bytes up and down, all hospitals, power of ten",
                "AUC, mean of hospitals",
                points)
            .draw(),
        "Up and to the left is better; each step to the right on the axis is ten times as much. The"
            + " bytes are exact, the AUC is sure to a few hundredths. Points that crowd stand"
            + " without a name; the table names all.");
  }

  private static Exhibit shares(SortedMap<String, SortedMap<String, Double>> shares) {
    List<String> rows = List.copyOf(shares.keySet());
    List<String> columns = List.copyOf(shares.values().iterator().next().keySet());
    List<List<Double>> values = new ArrayList<>();
    shares.values().forEach(weights -> values.add(List.copyOf(weights.values())));
    return new Exhibit(
        new HeatMap("Whom Mixture's gate listens to", "weight", rows, columns, values, -1, 1)
            .draw(),
        "Each line: public images as one hospital's scanner would have taken them, and how the gate"
            + " shares out a weight of 1; more on the diagonal means that it knows the scanner."
            + " Half of the weight is always shared equally. Of one seed and sixty images.");
  }

  private static BarChart.Bar auc(EvidenceTable table, String label, String group, String method) {
    return bar(label, group, table.row(method).meanOfCentres(Quantity.AUC));
  }

  private static BarChart.Bar bar(String label, String group, Estimate estimate) {
    return new BarChart.Bar(label, group, estimate.value(), estimate.low(), estimate.high());
  }
}
