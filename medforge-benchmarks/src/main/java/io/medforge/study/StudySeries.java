package io.medforge.study;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * One study repeated with several seeds: other splits, other drifts, other initial values. One
 * table shows what happened once; this shows what happens. Immutable.
 */
public final class StudySeries {
  private static final double ROUNDING = 1e-12;

  private final List<StudyReport> reports;

  private StudySeries(List<StudyReport> reports) {
    this.reports = List.copyOf(reports);
  }

  /**
   * Runs a study several times.
   *
   * @param patients all of them
   * @param source where they come from, for the report
   * @param seed of the first study; the next take seed + 1, seed + 2, ...
   * @param count how many, at least 1
   * @param progress is told each step of each study
   * @return the series
   * @throws IllegalArgumentException if the count is below 1, or as for {@link Study#run}
   */
  public static StudySeries run(
      Cohort patients, String source, long seed, int count, Progress progress) {
    if (count < 1) {
      throw new IllegalArgumentException("expected at least 1 study, found " + count);
    }
    List<StudyReport> reports = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int done = i;
      Progress within =
          (step, steps, what) -> progress.at(done * steps + step, count * steps, what);
      reports.add(Study.run(patients, source, seed + i, within));
    }
    return new StudySeries(reports);
  }

  /**
   * The first study.
   *
   * @return its report
   */
  public StudyReport first() {
    return reports.get(0);
  }

  /**
   * The series for people, per method: means over the seeds, the range of accuracies, and in how
   * many seeds it was at least as accurate as the best single plugin of that seed.
   *
   * @return one row per method
   */
  public Grid summary() {
    List<List<String>> rows = new ArrayList<>();
    for (Line line : lines()) {
      rows.add(
          List.of(
              line.method(),
              String.format(Locale.ROOT, "%.4f", line.accuracy()),
              String.format(Locale.ROOT, "%.3f-%.3f", line.least(), line.most()),
              String.format(Locale.ROOT, "%.4f", line.auc()),
              String.format(Locale.ROOT, "%.4f", line.logLoss()),
              String.format(Locale.ROOT, "%+.4f", line.overBestPlugin()),
              line.atLeastBestPlugin() + " of " + reports.size()));
    }
    return new Grid(
        List.of(
            "mean over " + reports.size() + " seeds",
            "accuracy",
            "range",
            "AUC",
            "log-loss",
            "over best plugin",
            "at least as good"),
        rows);
  }

  /**
   * What the series says of the aim, and why where it was missed.
   *
   * @return sentences computed from the series
   */
  public String note() {
    Line mixture = line(Method.Kind.MIXTURE);
    Line uniform = line(Method.Kind.UNIFORM_MIXTURE);
    Line fitted = line(Method.Kind.FITTED_MIXTURE);
    StringBuilder note = new StringBuilder();
    note.append(
        String.format(
            Locale.ROOT,
            "Aim \"Mixture at least as good as the best single plugin\": reached in %d of %d seeds"
                + " (with a uniform gate in %d; Fusion in %d). The best plugin is chosen by the"
                + " test itself, seed by seed, which no hospital could do.",
            mixture.atLeastBestPlugin(),
            reports.size(),
            uniform.atLeastBestPlugin(),
            line(Method.Kind.FUSION).atLeastBestPlugin()));
    if (fitted.logLoss() > uniform.logLoss()) {
      note.append(
          String.format(
              Locale.ROOT,
              " The fitted gate does worse than equal weights: it is fitted to synthetic examples,"
                  + " on which its mean log-loss is %.3f nats against %.3f on the hospitals'"
                  + " training patients; examples that every plugin finds easy say little about who"
                  + " errs where.",
              mean(StudyFacts::syntheticLogLoss),
              mean(StudyFacts::trainingLogLoss)));
    }
    return note.toString();
  }

  /**
   * The memory gate against what it is to beat, on the same patients.
   *
   * @return one row per rival
   */
  public Grid gates() {
    List<List<String>> rows = new ArrayList<>();
    for (GateComparison each : comparisons()) {
      rows.add(
          List.of(
              each.rival(),
              String.format(Locale.ROOT, "%+.4f", each.difference()),
              String.format(
                  Locale.ROOT, "%+.4f to %+.4f", each.interval().low(), each.interval().high()),
              each.lowerIn() + " of " + (each.lowerIn() + each.higherIn()),
              String.format(Locale.ROOT, "%.3f", each.signTest())));
    }
    return new Grid(
        List.of(
            "memory gate's log-loss minus that of",
            "mean",
            "95 % interval",
            "lower in seeds",
            "sign test p"),
        rows);
  }

  private List<GateComparison> comparisons() {
    return GateComparison.of(reports.stream().map(StudyReport::table).toList());
  }

  private double mean(ToDoubleFunction<StudyFacts> fact) {
    return reports.stream()
        .mapToDouble(report -> fact.applyAsDouble(report.facts()))
        .average()
        .orElseThrow();
  }

  /** The line of a kind that occurs once. */
  private Line line(Method.Kind kind) {
    return line(first().table().rows().indexOf(first().table().only(kind)));
  }

  /**
   * The series for programs.
   *
   * @return methods over all seeds, and the memory gate against its rivals
   */
  public ObjectNode toJson() {
    ObjectNode series = JsonNodeFactory.instance.objectNode();
    series.set("methods", methods());
    ArrayNode rivals = series.putArray("memoryGateAgainst");
    for (GateComparison each : comparisons()) {
      rivals
          .addObject()
          .put("rival", each.rival())
          .put("logLossDifference", rounded(each.difference()))
          .put("low", rounded(each.interval().low()))
          .put("high", rounded(each.interval().high()))
          .put("seedsLower", each.lowerIn())
          .put("seedsHigher", each.higherIn())
          .put("signTestP", rounded(each.signTest()));
    }
    return series;
  }

  private ArrayNode methods() {
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    for (Line line : lines()) {
      ObjectNode row = json.addObject();
      row.put("method", line.method())
          .put("seeds", reports.size())
          .put("meanAccuracy", rounded(line.accuracy()))
          .put("leastAccuracy", rounded(line.least()))
          .put("mostAccuracy", rounded(line.most()))
          .put("meanAuc", rounded(line.auc()))
          .put("meanLogLoss", rounded(line.logLoss()))
          .put("meanAccuracyOverBestPlugin", rounded(line.overBestPlugin()))
          .put("seedsAtLeastBestPlugin", line.atLeastBestPlugin());
    }
    return json;
  }

  /** A method over all seeds. */
  private record Line(
      String method,
      double accuracy,
      double least,
      double most,
      double auc,
      double logLoss,
      double overBestPlugin,
      long atLeastBestPlugin) {}

  private List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    for (int row = 0; row < first().table().rows().size(); row++) {
      lines.add(line(row));
    }
    return lines;
  }

  private Line line(int row) {
    List<Score> scores =
        reports.stream().map(report -> report.table().rows().get(row).overall()).toList();
    List<Double> differences = new ArrayList<>();
    for (int i = 0; i < scores.size(); i++) {
      double best = reports.get(i).table().comparison().second().overall().accuracy();
      differences.add(scores.get(i).accuracy() - best);
    }
    var accuracies = scores.stream().collect(Collectors.summarizingDouble(Score::accuracy));
    return new Line(
        first().table().rows().get(row).method().name(),
        accuracies.getAverage(),
        accuracies.getMin(),
        accuracies.getMax(),
        scores.stream().mapToDouble(Score::auc).average().orElseThrow(),
        scores.stream().mapToDouble(Score::logLoss).average().orElseThrow(),
        differences.stream().mapToDouble(Double::doubleValue).average().orElseThrow(),
        differences.stream().filter(difference -> difference >= -ROUNDING).count());
  }

  private static BigDecimal rounded(double value) {
    return new BigDecimal(value).setScale(6, RoundingMode.HALF_EVEN);
  }
}
