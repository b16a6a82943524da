package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.repository.RecordedRepository;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Founds a forge or joins one. */
@Command(
    name = "init",
    description = "Founds a forge by a charter, or joins one whose ledger has its charter already.",
    mixinStandardHelpOptions = true)
final class InitCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The forge's folder on this machine.")
  private Path path;

  @Option(
      names = "--charter",
      paramLabel = "FILE",
      description = "The rules, as JSON; needed by the founder only.")
  private @Nullable Path charterFile;

  @Option(names = "--git", description = "Keep the ledger in a Git repository.")
  private boolean git;

  @Option(
      names = "--remote",
      paramLabel = "URI",
      description = "The Git repository that all centres share; implies --git.")
  private @Nullable String remote;

  @Mixin private Printing printing;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private InitCommand() {}

  @Override
  public Integer call() {
    Optional<Charter> given =
        charterFile == null ? Optional.empty() : Optional.of(Charter.read(charterFile));
    RecordedRepository repository =
        ForgeFolder.create(path, git, Optional.ofNullable(remote).map(InitCommand::address)).open();
    boolean founded = false;
    if (repository.entries().isEmpty()) {
      Charter charter =
          given.orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "expected --charter FILE, since this ledger is empty, found none"));
      founded = ForgeFolder.write(repository, charter);
    }
    Charter held = ForgeFolder.charter(repository).charter();
    if (given.isPresent() && !given.get().text().equals(held.text())) {
      throw new IllegalArgumentException(
          "expected the charter that the ledger holds, found another, at " + charterFile);
    }
    ObjectNode json = ForgeJson.object();
    json.put("founded", founded);
    json.put("entries", repository.entries().size());
    printing.print(List.of((founded ? "founded " : "joined ") + path), json);
    return CommandLine.ExitCode.OK;
  }

  /** A folder's full path, since the commands that follow may be called from elsewhere. */
  private static String address(String uri) {
    try {
      Path folder = Path.of(uri);
      return Files.isDirectory(folder) ? folder.toAbsolutePath().normalize().toString() : uri;
    } catch (InvalidPathException e) {
      return uri; // an address on a network
    }
  }
}
