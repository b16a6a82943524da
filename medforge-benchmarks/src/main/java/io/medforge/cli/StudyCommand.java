package io.medforge.cli;

import io.medforge.merge.MergeRecord;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.study.Cohort;
import io.medforge.study.Study;
import io.medforge.study.StudyReport;
import io.medforge.study.WisconsinData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs the three-hospital study. */
@Command(
    name = "study",
    description = {
      "Three simulated hospitals train plugin modules on real patients' measurements; prints what",
      "each knows alone and what comes of merging, and writes study.md, study.json and the adapters."
    },
    mixinStandardHelpOptions = true,
    versionProvider = MedForge.Version.class)
final class StudyCommand implements Callable<Integer> {
  private static final String ADAPTERS = "adapters";

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

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private StudyCommand() {}

  @Override
  public Integer call() {
    Cohort cohort = data == null ? WisconsinData.embedded() : WisconsinData.in(data);
    String source =
        data == null
            ? "Breast Cancer Wisconsin (Diagnostic), embedded copy"
            : WisconsinData.FILE + " given by the user";
    StudyReport report;
    try (ProgressDisplay progress = ProgressDisplay.of("study")) {
      report = Study.run(cohort, source, seed, progress);
    }
    write(report);
    spec.commandLine().getOut().print(report.toText());
    spec.commandLine().getOut().println("wrote study.md, study.json and the adapters to " + out);
    spec.commandLine().getOut().flush();
    return CommandLine.ExitCode.OK;
  }

  private void write(StudyReport report) {
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
      replace(out.resolve("study.md"), report.toMarkdown());
      replace(
          out.resolve("study.json"),
          CanonicalJson.toText(report.toJson(MergeRecord.Environment.current())));
    } catch (IOException e) {
      throw new UncheckedIOException("writing " + out, e);
    }
  }

  /** Whole or not at all. */
  private static void replace(Path file, String text) throws IOException {
    Path temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
    Files.writeString(temporary, text, StandardCharsets.UTF_8);
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
