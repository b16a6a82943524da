package io.medforge.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.merge.MergeRecord;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.study.Cohort;
import io.medforge.study.StudyReport;
import io.medforge.study.StudySeries;
import io.medforge.study.WisconsinData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Runs the three-hospital study. */
@Command(
    name = "study",
    description = {
      "Three simulated hospitals train plugin modules on real patients' measurements; prints what",
      "each knows alone and what comes of merging, and writes study.md, study.json and the"
          + " adapters.",
      "With --suite: evidence on data that you name, with intervals; writes study.json, study.csv,",
      "predictions.csv and study.html."
    },
    mixinStandardHelpOptions = true,
    versionProvider = MedForge.Version.class)
final class StudyCommand implements Callable<Integer> {
  private static final String ADAPTERS = "adapters";

  @Option(
      names = "--suite",
      paramLabel = "NAME",
      description =
          "Evidence instead: heart, four real hospitals (--data must hold heart-disease/); xray,"
              + " three and eight simulated ones (pneumonia/); all. Seeds are fixed.")
  private EvidenceRun.@Nullable Suite suite;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "A folder with " + WisconsinData.FILE + ". Default: the embedded copy.")
  private @Nullable Path data;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "study",
      description = "Where to write; an earlier study's files are replaced. Default: study.")
  private Path out;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "The seed of every draw; equal seeds give equal tables. Default: 1.")
  private long seed;

  @Option(
      names = "--repeats",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "Repeat with N seeds from --seed on and add their means: one table shows what happened"
              + " once. Default: 10.")
  private int repeats;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private StudyCommand() {}

  @Override
  public Integer call() {
    return suite == null ? simulated() : evidence(suite);
  }

  private int evidence(EvidenceRun.Suite which) {
    ParseResult given = spec.commandLine().getParseResult();
    if (data == null || given.hasMatchedOption("--seed") || given.hasMatchedOption("--repeats")) {
      throw new ParameterException(
          spec.commandLine(),
          data == null
              ? "expected --data with --suite, found none"
              : "expected --suite without --seed and --repeats: its seeds are fixed");
    }
    String text;
    try (ProgressDisplay progress = ProgressDisplay.of("study")) {
      text = EvidenceRun.run(which, data, out, progress);
    }
    spec.commandLine().getOut().print(text);
    spec.commandLine().getOut().flush();
    return CommandLine.ExitCode.OK;
  }

  private int simulated() {
    Cohort cohort = data == null ? WisconsinData.embedded() : WisconsinData.in(data);
    String source =
        data == null
            ? "Breast Cancer Wisconsin (Diagnostic), embedded copy"
            : WisconsinData.FILE + " given by the user";
    if (repeats < 1) {
      throw new ParameterException(
          spec.commandLine(), "expected --repeats of at least 1, found " + repeats);
    }
    StudySeries series;
    try (ProgressDisplay progress = ProgressDisplay.of("study")) {
      series = StudySeries.run(cohort, source, seed, repeats, progress);
    }
    write(series);
    spec.commandLine().getOut().print(series.first().toText());
    if (repeats > 1) {
      spec.commandLine().getOut().print("\n" + series.summary().toText());
      spec.commandLine().getOut().print("\n" + series.gates().toText());
      spec.commandLine().getOut().print("\n* " + series.note() + "\n");
    }
    spec.commandLine().getOut().println("wrote study.md, study.json and the adapters to " + out);
    spec.commandLine().getOut().flush();
    return CommandLine.ExitCode.OK;
  }

  private void write(StudySeries series) {
    StudyReport report = series.first();
    String document = report.toMarkdown();
    ObjectNode json = report.toJson(MergeRecord.Environment.current());
    if (repeats > 1) {
      document += "\n## Several seeds\n\n" + series.summary().toMarkdown();
      document += "\n" + series.gates().toMarkdown();
      document += "\n" + series.note() + "\n";
      json.set("series", series.toJson());
    }
    try {
      Files.createDirectories(out);
      report
          .modules()
          .forEach(
              (name, module) ->
                  AtomicFolder.write(
                      out.resolve(ADAPTERS).resolve(name),
                      true,
                      folder -> PeftAdapter.write(module, folder)));
      TextFile.replace(out.resolve("study.md"), document);
      TextFile.replace(out.resolve("study.json"), CanonicalJson.toText(json));
    } catch (IOException e) {
      throw new UncheckedIOException("writing " + out, e);
    }
  }
}
