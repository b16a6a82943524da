package io.medforge.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a reader must know before the table. Immutable.
 *
 * @param seed of every draw
 * @param data where the patients come from
 * @param split how they were dealt out
 * @param plan how everything was trained
 */
record StudySetting(long seed, String data, StudySplit split, TrainingPlan plan) {
  String title() {
    return "Three hospitals, one model: Wisconsin breast cancer data, seed " + seed;
  }

  /** One fact a line. */
  List<String> lines() {
    CalibrationDrift.Spread spread = StudyDesign.SPREAD;
    List<String> lines = new ArrayList<>();
    lines.add("Data: " + data + "; real patients, simulated hospitals.");
    lines.add(
        String.format(
            Locale.ROOT,
            "Drift: each hospital's instrument has its own gain (log-normal, %.2f) and offset (%.1f"
                + " deviations) per measurement, and noise of %.1f deviations.",
            spread.gain(),
            spread.offset(),
            spread.noise()));
    lines.addAll(plan.lines());
    lines.add(
        "Test patients were opened once, after everything was trained and chosen; the threshold of"
            + " 0.5 was fixed in advance.");
    return lines;
  }

  /** Who has which patients. */
  Grid patients() {
    List<List<String>> rows = new ArrayList<>();
    Cohort open = split.publicShare();
    rows.add(row("public share", "trains the base", open.size(), open.malignant(), 0, 0));
    for (HospitalCohort hospital : split.hospitals()) {
      HospitalProfile profile = hospital.profile();
      Cohort training = hospital.training();
      int[] tested = split.test().counts(profile.name());
      rows.add(
          row(
              profile.name(),
              profile.kind(),
              training.size(),
              training.malignant(),
              tested[0],
              tested[1]));
    }
    return new Grid(List.of("site", "kind", "train", "malignant", "test", "malignant"), rows);
  }

  private static List<String> row(
      String site, String kind, int train, int trainMalignant, int test, int testMalignant) {
    return List.of(
        site,
        kind,
        Integer.toString(train),
        share(trainMalignant, train),
        test == 0 ? "-" : Integer.toString(test),
        test == 0 ? "-" : share(testMalignant, test));
  }

  private static String share(int part, int of) {
    return String.format(Locale.ROOT, "%d (%.0f %%)", part, 100.0 * part / of);
  }
}
