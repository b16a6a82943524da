package io.medforge.forge.admission;

import io.medforge.merge.PluginSet;
import io.medforge.merge.alignment.LowRankGram;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginModule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Cosines of modules' changes from their factors, each computed once while it is remembered. Heads
 * do not count. Thread-safe.
 */
final class PairwiseGram {
  private static final int REMEMBERED = 1 << 17;

  private record Pair(Digest one, Digest other) {}

  private final Map<Pair, Double> cosines =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Pair, Double> eldest) {
          return size() > REMEMBERED;
        }
      };

  /** -1 to 1; 0 if one of them changes nothing but heads. */
  double cosine(PluginModule one, PluginModule other) {
    boolean inOrder = one.digest().compareTo(other.digest()) <= 0;
    Pair pair =
        inOrder ? new Pair(one.digest(), other.digest()) : new Pair(other.digest(), one.digest());
    synchronized (cosines) {
      Double known = cosines.get(pair);
      if (known != null) {
        return known;
      }
    }
    PluginSet both = PluginSet.allowingMissingLayers(List.of(one, other));
    double cosine = LowRankGram.of(both).cosine(0, 1);
    synchronized (cosines) {
      cosines.put(pair, cosine);
    }
    return cosine;
  }
}
