package io.medforge.study.evidence;

import io.medforge.report.HtmlPage;
import io.medforge.study.Grid;
import java.util.List;

/** Suites as one self-contained page. */
public final class EvidencePage {
  private EvidencePage() {}

  /**
   * The page.
   *
   * @param suites what was run
   * @return HTML with its figures
   */
  public static HtmlPage of(List<EvidenceSuite> suites) {
    HtmlPage.Builder page =
        HtmlPage.titled("MedForge: the evidence")
            .lead(
                "Does merging hospitals' plugin modules generalise, what does it cost in bytes, and"
                    + " what does it leak? Every number is of patients that no method had seen;"
                    + " test patients were opened once, when everything was trained and chosen.")
            .notice(
                "With few test patients, differences of a few points are chance. Each interval says"
                    + " where the value would lie, 95 times in 100, had other patients of the same"
                    + " kind come. For research; no basis for treating anybody.");
    suites.forEach(suite -> add(suite, page));
    return page.build();
  }

  private static void add(EvidenceSuite suite, HtmlPage.Builder page) {
    page.section(suite.title()).paragraph(suite.lead());
    table("What was to be shown", EvidenceGrids.goals(suite.goals()), page);
    suite.exhibits().forEach(exhibit -> page.figure(exhibit.figure(), exhibit.sentence()));
    table(
        "Accuracy at a threshold of one half; bytes of all hospitals together",
        EvidenceGrids.methods(suite.table()),
        page);
    table(
        "Worst centre, balance and calibration; means of centres unless stated",
        EvidenceGrids.quality(suite.table()),
        page);
    table(
        "Paired comparisons on the same patients (95 % bootstrap; exact McNemar test of the first"
            + " run's calls)",
        EvidenceGrids.comparisons(suite.comparisons()), page);
    LeakageGrid.of(suite.details())
        .ifPresent(
            grid ->
                table(
                    "What leaves, attacked: how well the strongest attack tells whose data were"
                        + " used; an AUC of 0.5 is a guess, and only a PASS is a permission",
                    grid,
                    page));
    page.section(suite.title() + ": how it was done").list(suite.setting()).list(suite.notes());
  }

  private static void table(String caption, Grid grid, HtmlPage.Builder page) {
    page.table(caption, grid.header(), grid.rows());
  }
}
