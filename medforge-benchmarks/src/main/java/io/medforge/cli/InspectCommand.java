package io.medforge.cli;

import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.plugin.safetensors.SafetensorsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a plugin or a file of tensors holds. */
@Command(
    name = "inspect",
    description = "Says what an adapter folder or a .safetensors file holds.",
    mixinStandardHelpOptions = true,
    versionProvider = MedForge.Version.class)
final class InspectCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "PATH",
      description = "A PEFT adapter folder, or a .safetensors file on its own.")
  private Path path;

  @Option(names = "--json", description = "Print JSON instead of text.")
  private boolean json;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private InspectCommand() {}

  @Override
  public Integer call() {
    if (!Files.exists(path)) {
      throw new IllegalArgumentException(
          "expected an adapter folder or a .safetensors file, found nothing, at " + path);
    }
    if (Files.isDirectory(path)) {
      ModuleDescription description = new ModuleDescription(PeftAdapter.read(path));
      print(json ? CanonicalJson.toText(description.toJson()) : description.toText());
    } else {
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        FileDescription description = new FileDescription(file);
        print(json ? CanonicalJson.toText(description.toJson()) : description.toText());
      }
    }
    return CommandLine.ExitCode.OK;
  }

  private void print(String text) {
    spec.commandLine().getOut().print(text);
    spec.commandLine().getOut().flush();
  }
}
