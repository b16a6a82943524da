package io.medforge.plugin.privacy;

import org.jspecify.annotations.Nullable;

/** A ledger's file is not what the ledger wrote: changed, cut, reordered, or none at all. */
public final class DamagedLedgerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * A refusal.
   *
   * @param message names the file, the line, what was expected and what was found
   * @param cause what the parser said, or null
   */
  public DamagedLedgerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
