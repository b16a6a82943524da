package io.medforge.cli;

import io.medforge.merge.PluginSet;
import io.medforge.merge.alignment.ConflictReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says how much plugins would get into each other's way. */
@Command(
    name = "compare",
    description =
        "Says, before any merge, how much adapters agree: cosines, opposite signs and overlap, over"
            + " all layers and layer by layer.",
    mixinStandardHelpOptions = true,
    versionProvider = MedForge.Version.class)
final class CompareCommand implements Callable<Integer> {
  @Option(
      names = {"-o", "--out"},
      paramLabel = "DIR",
      description =
          "Also write conflict.json, conflict.svg, conflict-layers.svg and conflict.html there;"
              + " files of these names are replaced.")
  private @Nullable Path out;

  @Option(
      names = "--base",
      paramLabel = "NAME",
      description = "The base model's name, where an adapter's configuration does not state it.")
  private @Nullable String base;

  @Option(names = "--json", description = "Print JSON instead of text.")
  private boolean json;

  @Parameters(arity = "1..*", paramLabel = "ADAPTER", description = "Two or more PEFT folders.")
  private List<Path> adapters;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private CompareCommand() {}

  @Override
  public Integer call() {
    if (adapters.size() < 2) {
      throw new ParameterException(
          spec.commandLine(), "expected two adapters or more, found " + adapters.size());
    }
    try (OpenAdapters open = OpenAdapters.open(adapters, Optional.ofNullable(base));
        ProgressDisplay progress = ProgressDisplay.of("compare")) {
      progress.at(0, 2, "comparing");
      ConflictReport report = ConflictReport.of(PluginSet.of(open.modules()));
      if (report.layers().isEmpty()) {
        throw new IllegalArgumentException(
            "expected layers to compare, found nothing but heads, at " + adapters);
      }
      ConflictDescription description = new ConflictDescription(report);
      progress.at(1, 2, "writing");
      if (out != null) {
        write(description, out);
      }
      progress.at(2, 2, "done");
      print(json ? CanonicalJson.toText(description.toJson()) : description.toText());
      if (out != null && !json) {
        print("wrote " + out + "\n");
      }
    }
    return CommandLine.ExitCode.OK;
  }

  private static void write(ConflictDescription description, Path folder) {
    ConflictPage page = new ConflictPage(description);
    try {
      Files.createDirectories(folder);
      TextFile.replace(folder.resolve("conflict.json"), CanonicalJson.toText(description.toJson()));
      TextFile.replace(folder.resolve("conflict.svg"), page.overall().toDocument());
      TextFile.replace(folder.resolve("conflict-layers.svg"), page.byLayer().toDocument());
      TextFile.replace(folder.resolve("conflict.html"), page.page().toHtml());
    } catch (IOException e) {
      throw new UncheckedIOException("writing " + folder, e);
    }
  }

  private void print(String text) {
    spec.commandLine().getOut().print(text);
    spec.commandLine().getOut().flush();
  }
}
