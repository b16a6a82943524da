package io.medforge.cli;

import io.medforge.cli.data.Examples;
import io.medforge.merge.mixture.MixedPrediction;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Answers inputs with a mixture. */
@Command(
    name = "predict",
    description = "Answers inputs with a mixture and says which plugin spoke.",
    mixinStandardHelpOptions = true,
    versionProvider = MedForge.Version.class)
final class PredictCommand implements Callable<Integer> {
  private static final int BATCH = 256;

  @Mixin private AnsweringOptions answering;

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "OUT.csv",
      description =
          "The table to write: row, task, class, probability, abstained, p:CLASS, weight:PLUGIN,"
              + " share:PLUGIN.")
  private Path out;

  @Option(names = "--overwrite", description = "Replace OUT.")
  private boolean overwrite;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private PredictCommand() {}

  @Override
  public Integer call() {
    if (Files.exists(out) && !overwrite) {
      throw new IllegalArgumentException(
          "expected no file yet, found one, at " + out + " (replace it with --overwrite)");
    }
    StoredMixture mixture = answering.mixture();
    Examples examples = answering.examples();
    int abstained;
    try (ModelRuntime runtime = answering.open(mixture);
        ProgressDisplay progress = ProgressDisplay.of("predict")) {
      abstained = write(mixture, examples, runtime, progress);
    }
    spec.commandLine()
        .getOut()
        .println(
            examples.size() + " rows, the base answered " + abstained + " of them; wrote " + out);
    spec.commandLine().getOut().flush();
    return CommandLine.ExitCode.OK;
  }

  /** The table appears whole or not at all. */
  private int write(
      StoredMixture mixture, Examples examples, ModelRuntime runtime, ProgressDisplay progress) {
    Path partial = out.resolveSibling(out.getFileName() + ".partial");
    try {
      int abstained = 0;
      try (PredictionTable table =
          new PredictionTable(
              Files.newBufferedWriter(partial, StandardCharsets.UTF_8),
              mixture.memory().labelSpaces().tasks(),
              plugins(mixture))) {
        for (int from = 0; from < examples.size(); from += BATCH) {
          int to = Math.min(from + BATCH, examples.size());
          List<Integer> rows = IntStream.range(from, to).boxed().toList();
          List<MixedPrediction> answers =
              mixture.model().predictAll(runtime, examples.inputs(rows));
          for (int i = 0; i < answers.size(); i++) {
            table.add(examples.names().get(from + i), answers.get(i));
            abstained += answers.get(i).abstained() ? 1 : 0;
          }
          progress.at(to, examples.size(), "rows");
        }
      }
      Files.move(partial, out, StandardCopyOption.REPLACE_EXISTING);
      return abstained;
    } catch (IOException e) {
      throw new UncheckedIOException("writing " + out, e);
    } finally {
      deleteIfThere(partial);
    }
  }

  private static void deleteIfThere(Path partial) {
    try {
      Files.deleteIfExists(partial);
    } catch (IOException e) {
      throw new UncheckedIOException("removing " + partial, e);
    }
  }

  private static List<PluginId> plugins(StoredMixture mixture) {
    return mixture.model().plugins().plugins().stream().map(PluginModule::id).toList();
  }
}
