package io.medforge.forge.mainline;

import io.medforge.merge.Merged;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * The merged models used last, by the set of contributions they came of. What was let go is merged
 * again when asked for, to the same bytes. Thread-safe.
 */
final class ItemCache<R> {
  private final int kept;
  private final Map<Digest, Merged<R>> models = new LinkedHashMap<>(16, 0.75f, true);

  ItemCache(int kept) {
    this.kept = kept;
  }

  static Digest key(SortedMap<PluginId, Digest> contributions) {
    Digest.Builder builder = Digest.builder().add("medforge-contributions-v1");
    contributions.forEach((plugin, content) -> builder.add(plugin.toString()).add(content));
    return builder.build();
  }

  synchronized Optional<Merged<R>> get(Digest key) {
    return Optional.ofNullable(models.get(key));
  }

  /** Keeps a model; the earlier one of two that were merged at the same time. */
  synchronized Merged<R> keep(Digest key, Merged<R> fresh) {
    Merged<R> earlier = models.putIfAbsent(key, fresh);
    if (models.size() > kept) {
      var oldest = models.entrySet().iterator();
      oldest.next();
      oldest.remove();
    }
    return earlier == null ? fresh : earlier;
  }
}
