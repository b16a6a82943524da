package io.medforge.cli;

import io.medforge.merge.mixture.Explanation;
import io.medforge.merge.mixture.MixedPrediction;
import io.medforge.plugin.LabelSpace;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One input's explanation.
 *
 * @param name what the input is called
 * @param explanation why it was answered so
 */
record ExplainedRow(String name, Explanation explanation) {
  private static final double LITTLE = 0.1;
  private static final double MUCH = 0.4;

  /** The answer's class by name, or its number where nobody said what classes mean. */
  String answer() {
    MixedPrediction prediction = explanation.prediction();
    int predicted = prediction.predictedClass();
    return prediction
        .labels()
        .or(this::spaceOfAll)
        .map(space -> space.classes().get(predicted))
        .orElse("class " + predicted);
  }

  /** If all plugins do one task, the base's answer is read in it too. */
  private Optional<LabelSpace> spaceOfAll() {
    List<LabelSpace> spaces =
        explanation.opinions().stream().map(Explanation.Opinion::labels).distinct().toList();
    return spaces.size() == 1 ? Optional.of(spaces.get(0)) : Optional.empty();
  }

  /** The answer's probability. */
  double certainty() {
    MixedPrediction prediction = explanation.prediction();
    return prediction.probabilities()[prediction.predictedClass()];
  }

  /** One sentence on who spoke. */
  String sentence() {
    MixedPrediction prediction = explanation.prediction();
    if (prediction.abstained()) {
      return "The mixture was silent: the input lies farther from everything remembered than"
          + " inputs like those it was made for. The base alone answered "
          + answer()
          + percent(" (", certainty(), "); a person should look.");
    }
    Explanation.Opinion loudest = loudest();
    return "The answer is "
        + answer()
        + percent(" (", certainty(), "). ")
        + loudest.plugin().centre()
        + percent("'s plugin gave ", loudest.share(), " of it; ")
        + agreement();
  }

  private String agreement() {
    double disagreement = explanation.disagreement();
    String text = String.format(Locale.ROOT, " (disagreement %.2f of 1).", disagreement);
    if (disagreement < LITTLE) {
      return "the plugins agree" + text;
    }
    return (disagreement < MUCH
            ? "the plugins differ somewhat"
            : "the plugins contradict each other")
        + text;
  }

  private Explanation.Opinion loudest() {
    Explanation.Opinion loudest = explanation.opinions().get(0);
    for (Explanation.Opinion each : explanation.opinions()) {
      loudest = each.share() > loudest.share() ? each : loudest;
    }
    return loudest;
  }

  static String percent(String before, double part, String after) {
    return before + String.format(Locale.ROOT, "%.1f %%", 100 * part) + after;
  }

  /** For a terminal. */
  String text() {
    StringBuilder text = new StringBuilder("row " + name + "\n  " + sentence() + "\n");
    for (Explanation.Opinion opinion : explanation.opinions()) {
      text.append(
          String.format(
              Locale.ROOT,
              "  %-32s weight %.3f  share %.3f  %s\n",
              opinion.plugin(),
              opinion.weight(),
              opinion.share(),
              says(opinion)));
      for (Explanation.Neighbour each : opinion.nearest()) {
        text.append(
            String.format(
                Locale.ROOT,
                "    near its example %d, %s, at distance %.2f\n",
                each.row(),
                each.label(),
                each.distance()));
      }
    }
    return text.toString();
  }

  /** What one plugin would have said. */
  static String says(Explanation.Opinion opinion) {
    if (opinion.probabilities().isEmpty()) {
      return "does another task (" + opinion.labels().name() + ")";
    }
    int best = 0;
    for (int c = 1; c < opinion.probabilities().size(); c++) {
      best = opinion.probabilities().get(c) > opinion.probabilities().get(best) ? c : best;
    }
    return "says "
        + opinion.labels().classes().get(best)
        + percent(" (", opinion.probabilities().get(best), ")");
  }
}
