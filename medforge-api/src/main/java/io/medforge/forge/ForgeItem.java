package io.medforge.forge;

import io.medforge.merge.Merged;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A release on the main branch: the merged model, how it came to be, and why. Immutable.
 *
 * @param <R> what the main branch merges into
 * @param version 0 for the empty branch every forge starts with, then 1, 2, ...
 * @param merged the model and its record; empty where no contribution is admitted and the base
 *     alone answers
 * @param contributions the digest of each admitted contribution by plugin
 * @param cause what made this item, for example {@code admitted st-anna/lung:2.1.0}
 */
public record ForgeItem<R>(
    int version,
    Optional<Merged<R>> merged,
    SortedMap<PluginId, Digest> contributions,
    String cause) {
  /**
   * Copies the contributions.
   *
   * @param version 0 for the empty branch every forge starts with, then 1, 2, ...
   * @param merged the model and its record; empty where no contribution is admitted and the base
   *     alone answers
   * @param contributions the digest of each admitted contribution by plugin
   * @param cause what made this item, for example {@code admitted st-anna/lung:2.1.0}
   * @throws IllegalArgumentException if the version is negative, or there is a model without
   *     contributions or the other way round
   */
  public ForgeItem {
    contributions =
        Collections.unmodifiableSortedMap(new TreeMap<>((Map<PluginId, Digest>) contributions));
    if (version < 0) {
      throw new IllegalArgumentException("expected a version of at least 0, found " + version);
    }
    if (merged.isPresent() == contributions.isEmpty()) {
      throw new IllegalArgumentException(
          "expected a model exactly where contributions are, found "
              + contributions.size()
              + " contributions, at version "
              + version);
    }
  }

  /**
   * The identity of what this item is, whatever its version: an item rolled back to equals the old
   * one. What people approve.
   *
   * @return see {@link #digestOf}
   */
  public Digest digest() {
    return digestOf(contributions, merged.map(model -> model.record().result()));
  }

  /**
   * The identity of an item by what is known of it without merging.
   *
   * @param contributions the digest of each admitted contribution by plugin
   * @param result the digest of the merged result; empty where no contribution is admitted
   * @return SHA-256 over the plugins' ids, their contributions' digests and the result's
   */
  public static Digest digestOf(
      SortedMap<PluginId, Digest> contributions, Optional<Digest> result) {
    Digest.Builder builder = Digest.builder().add("medforge-item-v1").add(contributions.size());
    contributions.forEach((plugin, content) -> builder.add(plugin.toString()).add(content));
    result.ifPresent(builder::add);
    return builder.build();
  }

  /**
   * The merged model.
   *
   * @return the model
   * @throws IllegalStateException if no contribution is admitted
   */
  public R value() {
    return merged
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "expected an admitted contribution, found none, at version " + version))
        .value();
  }
}
