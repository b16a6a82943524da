package io.medforge.study.xray;

import io.medforge.study.evidence.Estimate;
import io.medforge.study.evidence.EvidenceTable;
import io.medforge.study.evidence.Goal;
import io.medforge.study.evidence.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the X-ray suites were to show, fixed before the test was opened. The AUC is the mean of the
 * centres: telling patients apart within a hospital, where knowing its prevalence is worth nothing.
 */
final class XrayGoals {
  private static final double SHARE = 0.97;

  private XrayGoals() {}

  static List<Goal> of(EvidenceTable table, XrayFacts facts) {
    double mixture = auc(table, XrayMethods.MIXTURE);
    double pooled = auc(table, XrayMethods.POOLED);
    List<Goal> goals = new ArrayList<>();
    goals.add(
        new Goal(
            "Mixture, mean of centres, at least 97 % of pooled training's AUC",
            mixture >= SHARE * pooled,
            String.format(
                Locale.ROOT, "%.4f of %.4f, %.1f %%", mixture, pooled, 100 * mixture / pooled)));
    goals.add(
        better(
            "Mixture's AUC above the best single plugin's, paired",
            table,
            XrayMethods.MIXTURE,
            bestSingle(table)));
    goals.add(
        better(
            "Mixture's AUC above MedForgeReference's Fusion, paired",
            table,
            XrayMethods.MIXTURE,
            XrayMethods.REFERENCE));
    goals.add(
        better(
            "Mixture's AUC above MedForgeReference's Mixture, paired",
            table,
            XrayMethods.MIXTURE,
            XrayMethods.PUBLISHED));
    goals.add(
        better(
            "Fusion's AUC above MedForgeReference's Fusion, paired",
            table,
            XrayMethods.FUSION,
            XrayMethods.REFERENCE));
    goals.add(orders(facts));
    return goals;
  }

  /** The single plugin of the highest AUC on the test: nobody could have chosen it before. */
  static String bestSingle(EvidenceTable table) {
    String best = "";
    double highest = Double.NEGATIVE_INFINITY;
    for (EvidenceTable.Row row : table.rows()) {
      double value = row.meanOfCentres(Quantity.AUC).value();
      if (row.entrant().group().equals(XrayMethods.SINGLE) && value > highest) {
        best = row.entrant().name();
        highest = value;
      }
    }
    return best;
  }

  private static Goal better(String aim, EvidenceTable table, String first, String second) {
    Estimate difference = table.compare(first, second).meanAuc();
    String measured =
        String.format(
            Locale.ROOT,
            "%.4f and %.4f (%s), difference %+.4f (%+.4f to %+.4f)",
            auc(table, first),
            auc(table, second),
            second,
            difference.value(),
            difference.low(),
            difference.high());
    boolean reached = difference.low() > 0;
    if (!reached) {
      measured +=
          difference.value() > 0
              ? "; above, but the interval holds 0: these patients cannot tell"
              : "; not above";
    }
    return new Goal(aim, reached, measured);
  }

  private static Goal orders(XrayFacts facts) {
    long fusions = facts.arrivals().stream().mapToLong(Arrivals::fusions).max().orElse(0);
    long mixtures = facts.arrivals().stream().mapToLong(Arrivals::mixtures).max().orElse(0);
    int orders = facts.arrivals().get(0).arrivals().size();
    String measured =
        String.format(
            Locale.ROOT,
            "%d orders, every seed: %d item by Fusion, %d by Mixture",
            orders,
            fusions,
            mixtures);
    long references = facts.arrivals().get(0).references();
    if (references > 0) {
      measured += String.format(Locale.ROOT, "; MedForgeReference makes %d", references);
    }
    return new Goal(
        "the same item whatever the order of arrival", fusions == 1 && mixtures == 1, measured);
  }

  private static double auc(EvidenceTable table, String method) {
    return table.row(method).meanOfCentres(Quantity.AUC).value();
  }
}
