package io.medforge.study.evidence;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.study.Grid;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The tables of a {@code study.json} as Markdown: what the web site's page holds, word for word, so
 * that the page says what was measured and nothing else.
 */
public final class EvidenceMarkdown {
  private static final int DECIMALS = 3;

  private EvidenceMarkdown() {}

  /**
   * A suite's tables.
   *
   * @param suite {@code suites.<name>} of a {@code study.json}
   * @return goals, methods, paired comparisons and, where there were any, attacks on what leaves
   */
  public static String tables(JsonNode suite) {
    return goals(suite.path("goals")).toMarkdown()
        + "\n"
        + methods(suite).toMarkdown()
        + "\n"
        + comparisons(suite.path("comparisons")).toMarkdown()
        + LeakageGrid.of(suite.path("details")).map(grid -> "\n" + grid.toMarkdown()).orElse("");
  }

  private static Grid goals(JsonNode goals) {
    List<List<String>> lines = new ArrayList<>();
    for (JsonNode goal : goals) {
      lines.add(
          List.of(
              goal.path("aim").asText(),
              goal.path("reached").asBoolean() ? "reached" : "**missed**",
              goal.path("measured").asText()));
    }
    return new Grid(List.of("aim", "outcome", "measured"), lines);
  }

  private static Grid methods(JsonNode suite) {
    List<String> centres = new ArrayList<>();
    suite.path("testPatients").fieldNames().forEachRemaining(centres::add);
    List<String> header = new ArrayList<>(List.of("accuracy", "mean of centres (95 %)"));
    centres.forEach(
        centre -> header.add(centre + " (" + suite.path("testPatients").path(centre) + ")"));
    header.addAll(
        List.of(
            "all patients",
            "AUC, mean of centres",
            "AUC, all patients",
            "Brier",
            "bytes up",
            "bytes down",
            "rounds"));
    List<List<String>> lines = new ArrayList<>();
    for (JsonNode name : suite.path("methodsInOrder")) {
      lines.add(line(name.asText(), suite.path("methods").path(name.asText()), centres));
    }
    return new Grid(header, lines);
  }

  private static List<String> line(String name, JsonNode method, List<String> centres) {
    List<String> line = new ArrayList<>();
    line.add(name);
    line.add(interval(method.path("meanOfCentres").path("accuracy")));
    for (String centre : centres) {
      line.add(number(method.path("perCentre").path(centre).path("accuracy").path("value")));
    }
    line.add(number(method.path("pooled").path("accuracy").path("value")));
    line.add(number(method.path("meanOfCentres").path("auc").path("value")));
    line.add(number(method.path("pooled").path("auc").path("value")));
    line.add(number(method.path("meanOfCentres").path("brier").path("value")));
    boolean patients = method.path("patientRowsLeave").asBoolean();
    line.add(patients ? "patients" : grouped(method.path("bytesUp").asLong()));
    line.add(grouped(method.path("bytesDown").asLong()));
    line.add(method.path("rounds").asText());
    return line;
  }

  private static Grid comparisons(JsonNode comparisons) {
    List<List<String>> lines = new ArrayList<>();
    for (JsonNode each : comparisons) {
      lines.add(
          List.of(
              each.path("first").asText() + " minus " + each.path("second").asText(),
              interval(each.path("meanOfCentresAccuracyDifference")),
              interval(each.path("pooledAccuracyDifference")),
              interval(each.path("meanOfCentresAucDifference")),
              interval(each.path("pooledAucDifference")),
              number(each.path("mcnemarP"))));
    }
    return new Grid(
        List.of(
            "paired, same patients",
            "accuracy, mean of centres",
            "accuracy, all patients",
            "AUC, mean of centres",
            "AUC, all patients",
            "McNemar p"),
        lines);
  }

  /** An estimate with its interval, as all tables write it. */
  static String interval(JsonNode estimate) {
    return number(estimate.path("value"))
        + " ("
        + number(estimate.path("low"))
        + " to "
        + number(estimate.path("high"))
        + ")";
  }

  private static String number(JsonNode value) {
    return value.isNumber()
        ? new BigDecimal(value.asText()).setScale(DECIMALS, RoundingMode.HALF_EVEN).toString()
        : "-";
  }

  private static String grouped(long bytes) {
    return String.format(Locale.ROOT, "%,d", bytes);
  }
}
