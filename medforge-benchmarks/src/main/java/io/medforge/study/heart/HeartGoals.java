package io.medforge.study.heart;

import io.medforge.study.evidence.Cost;
import io.medforge.study.evidence.EvidenceTable;
import io.medforge.study.evidence.Goal;
import io.medforge.study.evidence.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the heart suite was to show, fixed before the test was opened. */
final class HeartGoals {
  private static final int SHARE = 30;

  private HeartGoals() {}

  static List<Goal> of(EvidenceTable table) {
    double mixture = mean(table, "Mixture");
    double fusion = mean(table, "Fusion");
    List<Goal> goals = new ArrayList<>();
    goals.add(
        atLeast(
            "Mixture, mean of centres, at least pooled training's published .7353",
            mixture,
            PublishedResults.POOLED_MEAN));
    goals.add(atLeast("... aiming at .755", mixture, PublishedResults.MIXTURE_AIM));
    goals.add(noCentreBelow(table));
    goals.add(
        atLeast(
            "Fusion, mean of centres, at least FedAvg's published .6850",
            fusion,
            PublishedResults.FEDAVG_MEAN));
    goals.add(
        atLeast(
            "... aiming at FedAdagrad's published .7314",
            fusion,
            PublishedResults.FEDADAGRAD_MEAN));
    goals.add(bytes("Fusion", "Fusion", "FedAvg", table));
    goals.add(bytes("Mixture", "Mixture", "FedAvg", table));
    goals.add(bytes("LoRA Fusion", "LoRA: Fusion", "LoRA: FedAvg, all parameters", table));
    return goals;
  }

  private static double mean(EvidenceTable table, String method) {
    return table.row(method).meanOfCentres(Quantity.ACCURACY).value();
  }

  private static Goal atLeast(String aim, double value, double bound) {
    return new Goal(aim, value >= bound, String.format(Locale.ROOT, "%.4f", value));
  }

  private static Goal noCentreBelow(EvidenceTable table) {
    List<String> parts = new ArrayList<>();
    boolean reached = true;
    for (String centre : table.centres()) {
      double value = table.row("Mixture").at(Quantity.ACCURACY, centre).value();
      double bound = PublishedResults.fedAvg().at(centre);
      reached &= value >= bound;
      parts.add(String.format(Locale.ROOT, "%s %.4f (%.4f)", centre, value, bound));
    }
    return new Goal(
        "Mixture at no centre below FedAvg's published value", reached, String.join(", ", parts));
  }

  private static Goal bytes(String name, String method, String federated, EvidenceTable table) {
    Cost cost = table.row(method).entrant().cost();
    Cost rounds = table.row(federated).entrant().cost();
    boolean reached = cost.total() * SHARE <= rounds.total();
    String measured =
        String.format(
            Locale.ROOT,
            "up %,d of %,d (1/%.1f), in all %,d of %,d (1/%.1f)",
            cost.up(),
            rounds.up(),
            (double) rounds.up() / cost.up(),
            cost.total(),
            rounds.total(),
            (double) rounds.total() / cost.total());
    if (!reached) {
      measured += "; every hospital gets all modules where FedAvg sends it one model";
    }
    return new Goal(name + ", at most 1/30 of FedAvg's bytes, up and down", reached, measured);
  }
}
