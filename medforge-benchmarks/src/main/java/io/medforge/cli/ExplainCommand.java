package io.medforge.cli;

import io.medforge.cli.data.Examples;
import io.medforge.merge.mixture.Explanation;
import io.medforge.runtime.ModelRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Says why a mixture answers as it does. */
@Command(
    name = "explain",
    description = "Says why a mixture answers as it does: who spoke, and what it remembered.",
    mixinStandardHelpOptions = true,
    versionProvider = MedForge.Version.class)
final class ExplainCommand implements Callable<Integer> {
  @Mixin private AnsweringOptions answering;

  @Option(
      names = "--row",
      split = ",",
      paramLabel = "N",
      description = "The rows to explain, counted from 0. Default: 0.")
  private List<Integer> rows = List.of(0);

  @Option(
      names = "--nearest",
      paramLabel = "K",
      description = "How many remembered examples to name per plugin. Default: 3.")
  private int nearest = 3;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "PAGE.html",
      description = "Write a page with figures.")
  private @Nullable Path out;

  @Option(names = "--json", description = "Print one JSON object per row instead of text.")
  private boolean json;

  @Option(names = "--overwrite", description = "Replace the page.")
  private boolean overwrite;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private ExplainCommand() {}

  @Override
  public Integer call() {
    if (nearest < 0) {
      throw new ParameterException(
          spec.commandLine(), "expected --nearest of at least 0, found " + nearest);
    }
    if (out != null && Files.exists(out) && !overwrite) {
      throw new IllegalArgumentException(
          "expected no file yet, found one, at " + out + " (replace it with --overwrite)");
    }
    StoredMixture mixture = answering.mixture();
    Examples examples = answering.examples();
    rows.forEach(row -> checkRow(row, examples));
    List<ExplainedRow> explained = new ArrayList<>();
    try (ModelRuntime runtime = answering.open(mixture)) {
      for (int row : rows) {
        Explanation explanation =
            mixture
                .model()
                .explain(mixture.memory(), runtime, examples.inputs(List.of(row)), nearest);
        explained.add(new ExplainedRow(examples.names().get(row), explanation));
      }
    }
    for (ExplainedRow each : explained) {
      spec.commandLine().getOut().print(json ? each.explanation().toJson() + "\n" : each.text());
    }
    if (out != null) {
      write(out, ExplainPage.of(explained));
      if (!json) {
        spec.commandLine().getOut().println("wrote " + out);
      }
    }
    spec.commandLine().getOut().flush();
    return CommandLine.ExitCode.OK;
  }

  private void checkRow(int row, Examples examples) {
    if (row < 0 || row >= examples.size()) {
      throw new ParameterException(
          spec.commandLine(), "expected --row of 0 to " + (examples.size() - 1) + ", found " + row);
    }
  }

  private static void write(Path target, String page) {
    try {
      Files.writeString(target, page, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("writing " + target, e);
    }
  }
}
