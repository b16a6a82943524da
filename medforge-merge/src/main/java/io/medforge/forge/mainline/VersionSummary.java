package io.medforge.forge.mainline;

import io.medforge.forge.ForgeItem;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What is known of a version without merging anything. Immutable.
 *
 * @param version 0 for the empty branch, then 1, 2, ...
 * @param entry where in the ledger it was made, from 0; -1 for version 0
 * @param contributions the digest of each admitted contribution by plugin, unmodifiable
 * @param cause what made it
 * @param result the digest of the merged result as its writer stated it
 */
public record VersionSummary(
    int version,
    int entry,
    SortedMap<PluginId, Digest> contributions,
    String cause,
    Optional<Digest> result) {
  /**
   * The identity of the item, if its result is stated or it is empty.
   *
   * @return as {@link ForgeItem#digest()}
   */
  public Optional<Digest> item() {
    return contributions.isEmpty() || result.isPresent()
        ? Optional.of(ForgeItem.digestOf(contributions, result))
        : Optional.empty();
  }
}
