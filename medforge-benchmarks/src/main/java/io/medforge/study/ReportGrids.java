package io.medforge.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** The final table, in pieces that fit a screen. */
final class ReportGrids {
  private ReportGrids() {}

  static Grid accuracy(FinalTable table) {
    return scores(table, score -> cell(score.accuracy(), score.accuracyInterval()));
  }

  static Grid auc(FinalTable table) {
    return scores(table, score -> cell(score.auc(), score.aucInterval()));
  }

  static Grid logLoss(FinalTable table) {
    return scores(table, score -> number(score.logLoss()));
  }

  static Grid rates(FinalTable table) {
    List<List<String>> rows = new ArrayList<>();
    for (FinalTable.Row row : table.rows()) {
      rows.add(
          List.of(
              row.method().name(),
              number(row.overall().sensitivity()),
              number(row.overall().specificity())));
    }
    return new Grid(List.of("method", "sensitivity", "specificity"), rows);
  }

  static Grid traffic(FinalTable table) {
    long fedAvg = table.only(Method.Kind.FEDAVG).method().traffic().total();
    List<List<String>> rows = new ArrayList<>();
    for (FinalTable.Row row : table.rows()) {
      Traffic traffic = row.method().traffic();
      rows.add(
          List.of(
              row.method().name(),
              traffic.patientRows() ? "patients' rows" : bytes(traffic.up()),
              traffic.patientRows() ? "-" : bytes(traffic.down()),
              traffic.patientRows() ? "-" : percent(traffic.total(), fedAvg),
              Integer.toString(traffic.rounds())));
    }
    return new Grid(List.of("method", "bytes up", "bytes down", "of FedAvg", "rounds"), rows);
  }

  private static Grid scores(FinalTable table, Function<Score, String> cell) {
    List<String> header = new ArrayList<>();
    header.add("method");
    header.addAll(table.rows().get(0).hospitals().keySet());
    header.add("all");
    List<List<String>> rows = new ArrayList<>();
    for (FinalTable.Row row : table.rows()) {
      List<String> cells = new ArrayList<>();
      cells.add(row.method().name());
      row.hospitals().values().forEach(score -> cells.add(cell.apply(score)));
      cells.add(cell.apply(row.overall()));
      rows.add(cells);
    }
    return new Grid(header, rows);
  }

  private static String cell(double value, Bootstrap.Interval interval) {
    return number(value) + " (" + number(interval.low()) + "-" + number(interval.high()) + ")";
  }

  static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  static String percent(long part, long of) {
    return String.format(Locale.ROOT, "%.2f %%", 100.0 * part / of);
  }

  private static String bytes(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }
}
