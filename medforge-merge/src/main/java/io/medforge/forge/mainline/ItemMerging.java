package io.medforge.forge.mainline;

import io.medforge.forge.Contribution;
import io.medforge.forge.ForgeItem;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Makes items of versions: a pure function of what is admitted. Thread-safe. */
final class ItemMerging<R> {
  private static final Comparator<Contribution> CANONICAL =
      Comparator.<Contribution, Digest>comparing(each -> each.module().digest())
          .thenComparing(each -> each.module().id());

  private final StrategySource<R> source;
  private final boolean missingLayersAllowed;
  private final ItemCache<R> cache;

  ItemMerging(StrategySource<R> source, boolean missingLayersAllowed, int kept) {
    this.source = source;
    this.missingLayersAllowed = missingLayersAllowed;
    this.cache = new ItemCache<>(kept);
  }

  static List<Contribution> canonical(Collection<Contribution> contributions) {
    List<Contribution> sorted = new ArrayList<>(contributions);
    sorted.sort(CANONICAL);
    return List.copyOf(sorted);
  }

  /**
   * Whether these contributions can meet.
   *
   * @throws io.medforge.merge.IncompatiblePluginsException if not
   */
  PluginSet meet(Collection<Contribution> contributions) {
    List<PluginModule> modules = contributions.stream().map(Contribution::module).toList();
    return missingLayersAllowed ? PluginSet.allowingMissingLayers(modules) : PluginSet.of(modules);
  }

  /** The model of a version; empty if nothing is admitted. */
  Optional<Merged<R>> model(Ledger.Version version) {
    if (version.contributions().isEmpty()) {
      return Optional.empty();
    }
    Digest key = ItemCache.key(version.digests());
    Optional<Merged<R>> known = cache.get(key);
    if (known.isPresent()) {
      return known;
    }
    return Optional.of(merge(key, version, meet(version.contributions().values())));
  }

  /** The model of a version whose plugins are known to meet. */
  Merged<R> model(Ledger.Version version, PluginSet plugins) {
    Digest key = ItemCache.key(version.digests());
    return cache.get(key).orElseGet(() -> merge(key, version, plugins));
  }

  private Merged<R> merge(Digest key, Ledger.Version version, PluginSet plugins) {
    List<Contribution> canonical = canonical(version.contributions().values());
    return cache.keep(key, source.forContributions(canonical).merge(plugins));
  }

  ForgeItem<R> item(int number, Ledger.Version version) {
    return new ForgeItem<>(number, model(version), version.digests(), version.cause());
  }
}
