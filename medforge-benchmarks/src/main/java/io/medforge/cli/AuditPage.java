package io.medforge.cli;

import io.medforge.plugin.audit.AttackResult;
import io.medforge.plugin.audit.AuditReport;
import io.medforge.plugin.audit.Estimate;
import io.medforge.plugin.audit.Verdict;
import io.medforge.report.BarChart;
import io.medforge.report.HtmlPage;
import io.medforge.report.LineChart;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An audit's report as a page for a physician: what was tried, what it showed, what it cannot. */
public final class AuditPage {
  private static final MathContext DIGITS = new MathContext(3, RoundingMode.HALF_EVEN);
  private static final List<String> HEADER = List.of("Attack", "Verdict", "Why");
  private static final Map<String, String> IN_WORDS = inWords();

  private AuditPage() {}

  /**
   * Draws the page.
   *
   * @param report the report
   * @return the page; the same bytes for the same report
   */
  public static HtmlPage of(AuditReport report) {
    HtmlPage.Builder page =
        HtmlPage.titled("What " + report.plugin() + " gives away")
            .lead(lead(report))
            .notice("Only statistics stand here; no number of a single patient left the hospital.");
    page.facts(facts(report));
    page.section("What was tried").table("Attacks and their verdicts.", HEADER, rows(report));
    List<LineChart.Series> curves = curves(report);
    if (!curves.isEmpty()) {
      page.section("Telling patients from strangers")
          .figure(
              LineChart.roc("Attacks that look for patients", curves).draw(),
              "On the dashed line an attacker guesses; the nearer a curve comes to the upper left"
                  + " corner, the better the attacker knows who was in the training data. A curve"
                  + " runs level where many patients look alike to the attack: no rate between was"
                  + " reached.")
          .figure(
              new BarChart("Success of each attack", "AUC, with its 95 % interval", bars(report))
                  .draw(),
              "0.5 is a guess and 1 is certainty; a bar whose interval ends below the hospital's"
                  + " limit of "
                  + text(report.limits().auc())
                  + " is harmless by that limit.");
    }
    page.section("What each attack means").list(meanings(report));
    page.section("What this cannot show").list(report.limitations());
    return page.build();
  }

  private static String lead(AuditReport report) {
    String bound =
        report
            .guarantee()
            .map(
                loss ->
                    " The centre claims differential privacy with epsilon "
                        + text(loss.epsilon())
                        + " at delta "
                        + loss.delta()
                        + ".")
            .orElse("");
    return switch (report.verdict()) {
          case PASS ->
              "None of these attacks learned more about the patients than the hospital allows.";
          case INCONCLUSIVE ->
              "Too few patients, or too few attacks: this audit cannot say that the module is"
                  + " harmless, and counts as a failure unless a person approves it.";
          case FAIL ->
              "At least one attack learned more about the patients than the hospital allows; the"
                  + " module should not leave as it is.";
        }
        + bound;
  }

  private static Map<String, String> facts(AuditReport report) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Verdict", report.verdict().name());
    facts.put("Certificate level", report.level().name());
    facts.put("Every required attack run", report.isComplete() ? "yes" : "no");
    facts.put("Patients behind the module", Integer.toString(report.members()));
    facts.put("Strangers for comparison", Integer.toString(report.strangers()));
    facts.put("Shadow modules trained", Integer.toString(report.shadows()));
    facts.put("Base model", report.base().toString());
    facts.put("Module", report.module().toString());
    facts.put("Distilled set", report.distilled().toString());
    facts.put("Audit", report.version() + ", seed " + report.seed());
    return facts;
  }

  private static List<List<String>> rows(AuditReport report) {
    List<List<String>> rows = new ArrayList<>();
    for (AttackResult result : report.results()) {
      rows.add(List.of(result.attack(), word(result.verdict()), result.reason()));
    }
    return rows;
  }

  private static List<LineChart.Series> curves(AuditReport report) {
    List<LineChart.Series> curves = new ArrayList<>();
    for (AttackResult result : report.results()) {
      result
          .roc()
          .ifPresent(
              roc -> {
                List<Double> x = new ArrayList<>();
                List<Double> y = new ArrayList<>();
                double before = 0;
                for (int i = 0; i < roc.falsePositiveRates().size(); i++) {
                  // A step, not a slope: no rate was reached before this one.
                  x.add(roc.falsePositiveRates().get(i));
                  y.add(before);
                  before = roc.truePositiveRates().get(i);
                  x.add(roc.falsePositiveRates().get(i));
                  y.add(before);
                }
                curves.add(new LineChart.Series(result.attack(), x, y));
              });
    }
    return curves;
  }

  private static List<BarChart.Bar> bars(AuditReport report) {
    List<BarChart.Bar> bars = new ArrayList<>();
    for (AttackResult result : report.results()) {
      Estimate auc = result.figures().get("auc");
      if (auc != null) {
        bars.add(new BarChart.Bar(result.attack(), "", auc.value(), auc.lower(), auc.upper()));
      }
    }
    return bars;
  }

  private static List<String> meanings(AuditReport report) {
    List<String> meanings = new ArrayList<>();
    for (AttackResult result : report.results()) {
      String meaning = IN_WORDS.getOrDefault(result.attack(), "An attack of the hospital's own.");
      meanings.add(result.attack() + ": " + meaning + ending(result.verdict()));
    }
    return meanings;
  }

  private static String ending(Verdict verdict) {
    return switch (verdict) {
      case PASS -> " It found nothing beyond the limit.";
      case INCONCLUSIVE -> " There are too few patients to tell.";
      case FAIL -> " It succeeded.";
    };
  }

  private static String word(Verdict verdict) {
    return switch (verdict) {
      case PASS -> "passed";
      case INCONCLUSIVE -> "undecided";
      case FAIL -> "failed";
    };
  }

  private static String text(double value) {
    return value == 0
        ? "0"
        : new BigDecimal(value).round(DIGITS).stripTrailingZeros().toPlainString();
  }

  private static Map<String, String> inWords() {
    return Map.of(
        "loss-threshold",
        "takes a patient for known to the module if the module is very sure of the diagnosis.",
        "base-referenced-loss",
        "takes a patient for known if the module is surer of the diagnosis than its base was.",
        "lira-offline",
        "compares the module with others that certainly never saw the patient.",
        "lira-online",
        "compares the module with others that saw the patient and others that did not.",
        "rmia",
        "asks whether the module is surer of this patient than of most strangers.",
        "nearest-neighbours",
        "measures whether distilled examples lie nearer to patients than to strangers.",
        "distilled-membership",
        "takes a patient for known if a distilled example lies near.",
        "class-mean-differencing",
        "computes what a class's mean says of a patient who is alone in it, or who joined it since"
            + " the last release.",
        "attribute-inference",
        "guesses a hidden attribute of a patient of whom all else is known.",
        "canaries",
        "looks for invented patients that were put into the training data on purpose.");
  }
}
