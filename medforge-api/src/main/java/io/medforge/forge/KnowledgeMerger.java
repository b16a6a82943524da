package io.medforge.forge;

import io.medforge.plugin.PluginId;
import java.util.List;

/**
 * Keeps the main branch: admits contributions, merges them, lets them leave. Thread-safe. The head
 * depends only on the set of admitted contributions, never on the order in which they came.
 *
 * @param <R> what the main branch merges into
 */
public interface KnowledgeMerger<R> {
  /**
   * Offers a contribution. Offering the same content again is harmless.
   *
   * @param contribution the contribution
   * @return whether it was admitted, and every finding
   */
  Admission<R> offer(Contribution contribution);

  /**
   * The newest item.
   *
   * @return version 0, without a model, if nothing was ever admitted
   */
  ForgeItem<R> head();

  /**
   * Every item, oldest first.
   *
   * @return an unmodifiable list that begins with version 0; later changes do not show in it
   */
  List<ForgeItem<R>> history();

  /**
   * Takes a contribution out. The new item equals, byte for byte, the one that never saw it; its
   * content is not admitted again.
   *
   * @param plugin an admitted plugin
   * @param reason for the record
   * @return the new head
   * @throws IllegalArgumentException if no such plugin is admitted or the reason is blank
   */
  ForgeItem<R> withdraw(PluginId plugin, String reason);

  /**
   * Makes a new item equal to an old one; history is never rewritten.
   *
   * @param version an old version
   * @param reason for the record
   * @return the new head
   * @throws IllegalArgumentException if there is no such version, it holds a contribution that has
   *     been withdrawn since, or the reason is blank
   */
  ForgeItem<R> rollBackTo(int version, String reason);
}
