package io.medforge.forge;

import io.medforge.plugin.PluginId;

/** One change of the main branch. The entries in order are all there is to store. Immutable. */
public sealed interface LedgerEntry {
  /**
   * A contribution was admitted.
   *
   * @param contribution the contribution
   */
  record Admit(Contribution contribution) implements LedgerEntry {}

  /**
   * A contribution left.
   *
   * @param plugin the plugin
   * @param reason why
   */
  record Withdraw(PluginId plugin, String reason) implements LedgerEntry {}

  /**
   * The branch went back to an old version's contributions.
   *
   * @param version the old version
   * @param reason why
   */
  record RollBack(int version, String reason) implements LedgerEntry {}
}
