package io.medforge.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.study.Progress;
import io.medforge.study.evidence.ComputeTimes;
import io.medforge.study.evidence.EvidenceCsv;
import io.medforge.study.evidence.EvidenceGrids;
import io.medforge.study.evidence.EvidenceJson;
import io.medforge.study.evidence.EvidenceMarkdown;
import io.medforge.study.evidence.EvidencePage;
import io.medforge.study.evidence.EvidenceSuite;
import io.medforge.study.heart.GrowthCurve;
import io.medforge.study.heart.HeartSuite;
import io.medforge.study.xray.XraySuite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Runs suites of evidence on a user's data and writes what they show. */
final class EvidenceRun {
  /** Which suites. */
  enum Suite {
    /** Heart disease, four real hospitals. */
    HEART,
    /** Chest X-rays, simulated hospitals, three and eight. */
    XRAY,
    /** Both. */
    ALL;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private EvidenceRun() {}

  /**
   * Runs and writes {@code study.json}, {@code study.md}, {@code study.csv}, {@code
   * predictions.csv} and {@code study.html}, which follow from the data alone, and {@code
   * times.json}, which does not.
   *
   * @param which suites
   * @param data the user's folder
   * @param out where to write
   * @param progress is told each step
   * @return for the terminal
   */
  static String run(Suite which, Path data, Path out, Progress progress) {
    List<EvidenceSuite> suites = new ArrayList<>();
    ObjectNode seconds = JsonNodeFactory.instance.objectNode();
    if (which != Suite.XRAY) {
      suites.add(heart(data, seconds, progress));
    }
    if (which != Suite.HEART) {
      suites.add(xray(XraySuite.SMALL, data, seconds, progress));
      suites.add(xray(XraySuite.LARGE, data, seconds, progress));
    }
    write(suites, seconds, out);
    StringBuilder text = new StringBuilder();
    for (EvidenceSuite suite : suites) {
      text.append(suite.title()).append("\n\n");
      text.append(EvidenceGrids.methods(suite.table()).toText()).append('\n');
      text.append(EvidenceGrids.comparisons(suite.comparisons()).toText()).append('\n');
      suite
          .goals()
          .forEach(
              goal ->
                  text.append(goal.reached() ? "reached  " : "MISSED   ")
                      .append(goal.aim())
                      .append(": ")
                      .append(goal.measured())
                      .append('\n'));
    }
    return text.append(
            "wrote study.json, study.md, study.csv, predictions.csv, study.html, times.json to ")
        .append(out)
        .append('\n')
        .toString();
  }

  private static EvidenceSuite heart(Path data, ObjectNode seconds, Progress progress) {
    long start = System.nanoTime();
    GrowthCurve growth = GrowthCurve.simulate();
    seconds.set("growth", growth.seconds());
    ComputeTimes hospitals = new ComputeTimes();
    EvidenceSuite suite = HeartSuite.run(data, growth, hospitals, progress);
    return timed(suite, start, hospitals, seconds);
  }

  private static EvidenceSuite xray(int number, Path data, ObjectNode seconds, Progress progress) {
    long start = System.nanoTime();
    ComputeTimes hospitals = new ComputeTimes();
    return timed(XraySuite.run(data, number, hospitals, progress), start, hospitals, seconds);
  }

  private static EvidenceSuite timed(
      EvidenceSuite suite, long start, ComputeTimes hospitals, ObjectNode seconds) {
    seconds.put(suite.name(), EvidenceJson.rounded((System.nanoTime() - start) / 1e9));
    seconds.set(suite.name() + "ByHospital", hospitals.toJson());
    return suite;
  }

  private static String markdown(List<EvidenceSuite> suites, ObjectNode json) {
    StringBuilder text = new StringBuilder();
    for (EvidenceSuite suite : suites) {
      text.append("# ").append(suite.title()).append("\n\n");
      text.append(EvidenceMarkdown.tables(json.path("suites").path(suite.name()))).append('\n');
    }
    return text.toString();
  }

  private static void write(List<EvidenceSuite> suites, ObjectNode seconds, Path out) {
    try {
      Files.createDirectories(out);
      ObjectNode json = EvidenceJson.of(suites);
      TextFile.replace(out.resolve("study.json"), CanonicalJson.toText(json));
      TextFile.replace(out.resolve("study.md"), markdown(suites, json));
      TextFile.replace(out.resolve("study.csv"), EvidenceCsv.values(suites));
      TextFile.replace(out.resolve("predictions.csv"), EvidenceCsv.predictions(suites));
      TextFile.replace(out.resolve("study.html"), EvidencePage.of(suites).toHtml());
      TextFile.replace(
          out.resolve("times.json"),
          CanonicalJson.toText(JsonNodeFactory.instance.objectNode().set("seconds", seconds)));
    } catch (IOException e) {
      throw new UncheckedIOException("writing " + out, e);
    }
  }
}
