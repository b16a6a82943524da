package io.medforge.cli.forge;

import io.medforge.forge.LedgerEntry;
import io.medforge.forge.governance.Governance;
import io.medforge.forge.repository.KeyFile;
import io.medforge.plugin.Digest;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Option;

/** What commands share by which a member decides: who, in which role, for or against, and why. */
final class Vote {
  @Option(names = "--key", required = true, paramLabel = "FILE", description = "Your private key.")
  private Path key;

  @Option(
      names = "--role",
      required = true,
      paramLabel = "ROLE",
      description = "In which role: contributor, maintainer, safety or privacy.")
  private String role;

  @Option(names = "--veto", description = "Veto instead.")
  private boolean veto;

  @Option(
      names = "--comment",
      defaultValue = "",
      paramLabel = "TEXT",
      description = "Why, for the record.")
  private String comment;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  Vote() {}

  /**
   * Refuses a role that there is not, before anything is read.
   *
   * @throws IllegalArgumentException naming it
   */
  void checkRole() {
    Charter.role(role);
  }

  /** The decision, signed. */
  LedgerEntry.Decide on(Digest subject) {
    return LedgerEntry.Decide.signed(
        subject,
        Charter.role(role).name().toLowerCase(Locale.ROOT),
        veto ? Governance.VETO : Governance.APPROVE,
        comment,
        KeyFile.read(key));
  }
}
