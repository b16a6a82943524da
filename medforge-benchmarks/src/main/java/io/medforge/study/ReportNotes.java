package io.medforge.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What the table means and does not mean, computed from it: the same sentences whether the numbers
 * please or not.
 */
final class ReportNotes {
  private static final double BYTES_AIM = 0.05;
  private static final double AGREEMENT = 1e-5;

  /** From this weight on a plugin answers all but alone. */
  private static final double ALONE = 0.95;

  private ReportNotes() {}

  static List<String> of(FinalTable table, StudyFacts facts) {
    List<String> notes = new ArrayList<>();
    notes.add(aim(table));
    notes.add(test(table.comparison()));
    notes.add(bytes(table));
    notes.add(gate(facts));
    notes.add(
        String.format(
            Locale.ROOT,
            "Fusion's rank discarded at most %.3g %% of a layer's energy.",
            100 * facts.fusionDiscarded()));
    notes.add(
        String.format(
            Locale.ROOT,
            "ONNX Runtime, which answers here, and PyTorch (DJL) differ on non-test inputs by at"
                + " most %.1e of a logit (absolute below 1, relative above), %s the aim of 1e-5.",
            facts.engineDifference(),
            facts.engineDifference() <= AGREEMENT ? "within" : "MISSING"));
    notes.add(
        facts.orderFree()
            ? "Contributions offered in the opposite order gave the same models, byte for byte."
            : "Contributions offered in the opposite order gave OTHER models: a defect.");
    notes.add(
        "Intervals: "
            + Bootstrap.RESAMPLES
            + " bootstrap resamples within hospital and diagnosis, percentiles, the same resamples"
            + " for every method. They hold the trained models fixed: another seed moves them"
            + " more.");
    return notes;
  }

  private static String gate(StudyFacts facts) {
    StringBuilder note = new StringBuilder("Fitted gate, on ").append(facts.gateExamples());
    note.append(" synthetic examples; weights: ")
        .append(
            facts.gateWeights().entrySet().stream()
                .map(e -> String.format(Locale.ROOT, "%s %.3f", e.getKey(), e.getValue()))
                .collect(Collectors.joining(", ")))
        .append('.');
    if (facts.gateWeights().values().stream().anyMatch(weight -> weight > ALONE)) {
      note.append(" It has settled on one plugin, so it answers as that plugin does.");
    }
    note.append(
        String.format(
            Locale.ROOT,
            " Its log-loss: %.3f nats on the synthetic examples, %.3f on the hospitals'"
                + " training patients.",
            facts.syntheticLogLoss(),
            facts.trainingLogLoss()));
    if (facts.trainingLogLoss() > 2 * facts.syntheticLogLoss()) {
      note.append(
          " The synthetic examples are easier than patients: they tell the gate little about which"
              + " plugin errs where.");
    }
    return note.toString();
  }

  private static String aim(FinalTable table) {
    FinalTable.Comparison comparison = table.comparison();
    double difference =
        comparison.first().overall().accuracy() - comparison.second().overall().accuracy();
    return String.format(
        Locale.ROOT,
        "Aim \"Mixture at least as good as the best single plugin\" (overall accuracy): %s. Mixture"
            + " %.3f, best single plugin (%s, chosen by this same test, which favours it) %.3f.",
        difference >= 0 ? "reached" : "MISSED",
        comparison.first().overall().accuracy(),
        comparison.second().method().name(),
        comparison.second().overall().accuracy());
  }

  private static String test(FinalTable.Comparison comparison) {
    McNemarTest mcnemar = comparison.mcnemar();
    return String.format(
        Locale.ROOT,
        "Mixture against that plugin, the same %d patients: right alone %d and %d times, exact"
            + " McNemar p = %.3f; difference of accuracy %+.3f (%+.3f to %+.3f), of AUC %+.3f"
            + " (%+.3f to %+.3f), paired bootstrap.",
        comparison.first().overall().patients(),
        mcnemar.onlyFirst(),
        mcnemar.onlySecond(),
        mcnemar.pValue(),
        comparison.first().overall().accuracy() - comparison.second().overall().accuracy(),
        comparison.accuracyDifference().low(),
        comparison.accuracyDifference().high(),
        comparison.first().overall().auc() - comparison.second().overall().auc(),
        comparison.aucDifference().low(),
        comparison.aucDifference().high());
  }

  private static String bytes(FinalTable table) {
    Traffic fedAvg = table.only(Method.Kind.FEDAVG).method().traffic();
    Traffic fusion = table.only(Method.Kind.FUSION).method().traffic();
    Traffic mixture = table.only(Method.Kind.MIXTURE).method().traffic();
    boolean reached = Math.max(fusion.total(), mixture.total()) < BYTES_AIM * fedAvg.total();
    return String.format(
        Locale.ROOT,
        "Aim \"under 5 %% of FedAvg's bytes\": %s. Fusion %s, Mixture %s%s, counting adapters with"
            + " their configuration and distilled sets up, and the finished model down to every"
            + " hospital. FedAvg: all parameters as bare F32, up and down in every round. The"
            + " public base is counted for nobody.",
        reached ? "reached" : "MISSED",
        ReportGrids.percent(fusion.total(), fedAvg.total()),
        ReportGrids.percent(mixture.total(), fedAvg.total()),
        staticWeights(table, fedAvg));
  }

  /** The memory gate's numbers weigh more than static weights do. */
  private static String staticWeights(FinalTable table, Traffic fedAvg) {
    return table.rows().stream()
        .map(FinalTable.Row::method)
        .filter(method -> method.kind() == Method.Kind.FITTED_MIXTURE)
        .map(method -> ReportGrids.percent(method.traffic().total(), fedAvg.total()))
        .map(part -> " (" + part + " with static weights instead of the memory gate's prototypes)")
        .findFirst()
        .orElse("");
  }
}
