package io.medforge.cli;

import io.medforge.merge.mixture.Explanation;
import io.medforge.report.BarChart;
import io.medforge.report.HtmlPage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Explanations as one page that a physician can read. */
final class ExplainPage {
  private ExplainPage() {}

  /**
   * The page.
   *
   * @param rows at least one
   * @return HTML; the same bytes for the same explanations
   */
  static String of(List<ExplainedRow> rows) {
    HtmlPage.Builder page = HtmlPage.titled("Why the mixture answered so");
    page.lead(
        "Several hospitals' modules look at each input. This page says which of them spoke, how far"
            + " they agree, and which synthetic examples they remembered. It holds no input.");
    for (ExplainedRow row : rows) {
      add(page, row);
    }
    page.section("How to read this");
    page.list(
        List.of(
            "Weight: how much the gate listens to a module for this input; weights sum to 1.",
            "Share: the module's part in the answer itself; shares sum to 1. A module that is"
                + " listened to but thinks otherwise has a small share.",
            "Distance: how far the input lies from a remembered synthetic example, in standard"
                + " deviations of what is remembered. Remembered examples are synthetic, not"
                + " patients.",
            "A probability here is the model's, not a diagnosis."));
    return page.build().toHtml();
  }

  private static void add(HtmlPage.Builder page, ExplainedRow row) {
    Explanation explanation = row.explanation();
    page.section("Input " + row.name());
    if (explanation.prediction().abstained()) {
      page.notice(row.sentence());
    } else {
      page.paragraph(row.sentence());
      page.figure(
          shares(row).draw(),
          "Each module's weight and its share in the answer " + row.answer() + ".");
    }
    page.table(
        "What each module thinks.",
        List.of("module", "weight", "share", "its own answer", "agrees"),
        explanation.opinions().stream().map(ExplainPage::opinion).toList());
    List<List<String>> near = new ArrayList<>();
    explanation.opinions().forEach(opinion -> near.addAll(neighbours(opinion)));
    if (!near.isEmpty()) {
      page.table(
          "The remembered synthetic examples nearest to this input, by module.",
          List.of(
              "module",
              "example",
              "its class",
              "distance",
              "probability that the module gave to this class"),
          near);
    }
  }

  private static BarChart shares(ExplainedRow row) {
    List<BarChart.Bar> bars = new ArrayList<>();
    for (Explanation.Opinion opinion : row.explanation().opinions()) {
      String module = opinion.plugin().toString();
      bars.add(bar(module, "weight", opinion.weight()));
      bars.add(bar(module, "share", opinion.share()));
    }
    return new BarChart("Who spoke", "part of 1", bars);
  }

  private static BarChart.Bar bar(String module, String group, double value) {
    return new BarChart.Bar(module, group, value, Double.NaN, Double.NaN);
  }

  private static List<String> opinion(Explanation.Opinion opinion) {
    boolean ran = !opinion.probabilities().isEmpty();
    return List.of(
        opinion.plugin().toString(),
        number(opinion.weight()),
        number(opinion.share()),
        ExplainedRow.says(opinion),
        ran ? (opinion.agrees() ? "yes" : "no") : "");
  }

  private static List<List<String>> neighbours(Explanation.Opinion opinion) {
    return opinion.nearest().stream()
        .map(
            each ->
                List.of(
                    opinion.plugin().toString(),
                    Integer.toString(each.row()),
                    each.label(),
                    number(each.distance()),
                    number(each.probability())))
        .toList();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
