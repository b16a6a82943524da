package io.medforge.forge.admission;

import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginModule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * What was measured of modules, by their digests, so never stale: each is measured once while it is
 * remembered, and an offer to a long ledger costs one measurement. Thread-safe.
 *
 * @param <T> what a measurement gives
 */
final class MeasuredModules<T> {
  private static final int REMEMBERED = 1 << 16;

  private final Function<PluginModule, T> measure;
  private final Map<Digest, T> known =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, T> eldest) {
          return size() > REMEMBERED;
        }
      };

  MeasuredModules(Function<PluginModule, T> measure) {
    this.measure = measure;
  }

  T of(PluginModule module) {
    Digest digest = module.digest();
    synchronized (known) {
      T before = known.get(digest);
      if (before != null) {
        return before;
      }
    }
    T measured = measure.apply(module);
    synchronized (known) {
      known.put(digest, measured);
    }
    return measured;
  }
}
