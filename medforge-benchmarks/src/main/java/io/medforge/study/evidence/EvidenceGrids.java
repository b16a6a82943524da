package io.medforge.study.evidence;

import io.medforge.study.Grid;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A suite's tables for readers. */
public final class EvidenceGrids {
  private EvidenceGrids() {}

  /**
   * The methods: mean of centres with its interval, each centre, all patients, the mean of the
   * centres' AUC, bytes.
   *
   * @param table what was measured
   * @return one line per method
   */
  public static Grid methods(EvidenceTable table) {
    List<String> header = new ArrayList<>(List.of("method", "mean of centres (95 %)"));
    header.addAll(table.centres());
    header.addAll(
        List.of("all patients", "AUC, mean of centres", "bytes up", "bytes down", "rounds"));
    List<List<String>> lines = new ArrayList<>();
    for (EvidenceTable.Row row : table.rows()) {
      List<String> line = new ArrayList<>();
      line.add(row.entrant().name());
      line.add(interval(row.meanOfCentres(Quantity.ACCURACY)));
      for (String centre : table.centres()) {
        line.add(number(row.at(Quantity.ACCURACY, centre).value()));
      }
      line.add(number(row.pooled(Quantity.ACCURACY).value()));
      line.add(number(row.meanOfCentres(Quantity.AUC).value()));
      Cost cost = row.entrant().cost();
      line.add(cost.patientRows() ? "patients" : grouped(cost.up()));
      line.add(grouped(cost.down()));
      line.add(Integer.toString(cost.rounds()));
      lines.add(line);
    }
    return new Grid(header, lines);
  }

  /**
   * Calibration and balance: means of centres.
   *
   * @param table what was measured
   * @return one line per method
   */
  public static Grid quality(EvidenceTable table) {
    List<List<String>> lines = new ArrayList<>();
    for (EvidenceTable.Row row : table.rows()) {
      lines.add(
          List.of(
              row.entrant().name(),
              interval(row.worstCentre(Quantity.ACCURACY)),
              interval(row.meanOfCentres(Quantity.BALANCED_ACCURACY)),
              interval(row.pooled(Quantity.AUC)),
              interval(row.meanOfCentres(Quantity.BRIER)),
              interval(row.meanOfCentres(Quantity.CALIBRATION_ERROR))));
    }
    return new Grid(
        List.of(
            "method",
            "worst centre, accuracy",
            "balanced accuracy",
            "AUC, all patients",
            "Brier",
            "calibration error"),
        lines);
  }

  /**
   * The paired comparisons.
   *
   * @param comparisons on the same patients
   * @return one line each
   */
  public static Grid comparisons(List<EvidenceTable.Comparison> comparisons) {
    List<List<String>> lines = new ArrayList<>();
    for (EvidenceTable.Comparison each : comparisons) {
      lines.add(
          List.of(
              each.first() + " minus " + each.second(),
              signed(each.meanAccuracy()),
              signed(each.pooledAccuracy()),
              signed(each.meanAuc()),
              signed(each.pooledAuc()),
              each.mcnemar().onlyFirst() + " : " + each.mcnemar().onlySecond(),
              number(each.mcnemar().pValue())));
    }
    return new Grid(
        List.of(
            "comparison",
            "accuracy, mean of centres",
            "accuracy, all patients",
            "AUC, mean of centres",
            "AUC, all patients",
            "only first : only second right",
            "McNemar p"),
        lines);
  }

  /**
   * What was to be shown.
   *
   * @param goals the goals
   * @return one line each
   */
  public static Grid goals(List<Goal> goals) {
    return new Grid(
        List.of("aim", "outcome"),
        goals.stream()
            .map(
                goal ->
                    List.of(
                        goal.aim(), (goal.reached() ? "reached: " : "MISSED: ") + goal.measured()))
            .toList());
  }

  /**
   * Four decimals.
   *
   * @param value any; NaN is a dash
   * @return the text
   */
  public static String number(double value) {
    return Double.isNaN(value)
        ? "-"
        : EvidenceJson.rounded(value).setScale(4, RoundingMode.HALF_EVEN).toString();
  }

  private static String grouped(long bytes) {
    return String.format(Locale.ROOT, "%,d", bytes);
  }

  private static String interval(Estimate estimate) {
    return Double.isNaN(estimate.low())
        ? number(estimate.value())
        : number(estimate.value())
            + " ("
            + number(estimate.low())
            + "-"
            + number(estimate.high())
            + ")";
  }

  private static String signed(Estimate estimate) {
    return Double.isNaN(estimate.value())
        ? "-"
        : plus(estimate.value())
            + " ("
            + plus(estimate.low())
            + " to "
            + plus(estimate.high())
            + ")";
  }

  private static String plus(double value) {
    return (value > 0 ? "+" : "") + number(value);
  }
}
