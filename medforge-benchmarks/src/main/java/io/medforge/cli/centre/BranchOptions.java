package io.medforge.cli.centre;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which branch a command works on. */
final class BranchOptions {
  @Parameters(paramLabel = "BRANCH", description = "The folder that medforge train made.")
  private Path folder;

  @Option(
      names = "--data",
      paramLabel = "DATA",
      description = "Where the rows are now, if they were moved since.")
  private @Nullable Path data;

  @Option(names = "--overwrite", description = "Replace what an earlier run wrote.")
  private boolean overwrite;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  BranchOptions() {}

  Branch open() {
    return Branch.open(folder, Optional.ofNullable(data));
  }

  boolean overwrite() {
    return overwrite;
  }

  /** Refuses to write over an earlier result unasked. */
  void checkFree(Path file) {
    if (Files.exists(file) && !overwrite) {
      throw new IllegalArgumentException(
          "expected no output yet, found one, at " + file + " (replace it with --overwrite)");
    }
  }
}
