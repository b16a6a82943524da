package io.medforge.plugin.light;

import io.medforge.plugin.PluginModule;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The smallest form found of a module. Immutable.
 *
 * @param module the module, its values as they are read back
 * @param storage how it is stored; empty if it was left as it is
 * @param energy the share of each layer's energy that was kept; 1 if no rank was cut
 * @param bytes what its tensors take
 * @param originalBytes what the original's tensors take
 * @param quality as measured on {@code module}
 * @param originalQuality as measured on the original
 * @param errorBounds by layer and tensor, the most by which storing put any value off; what cutting
 *     ranks changed is not in it
 * @param measurements how often quality was measured
 */
public record LightModule(
    PluginModule module,
    Optional<Storage> storage,
    double energy,
    long bytes,
    long originalBytes,
    double quality,
    double originalQuality,
    SortedMap<String, Double> errorBounds,
    int measurements) {
  /**
   * Copies.
   *
   * @param module the module, its values as they are read back
   * @param storage how it is stored; empty if it was left as it is
   * @param energy the share of each layer's energy that was kept
   * @param bytes what its tensors take
   * @param originalBytes what the original's tensors take
   * @param quality as measured on {@code module}
   * @param originalQuality as measured on the original
   * @param errorBounds by layer and tensor
   * @param measurements how often quality was measured
   */
  public LightModule {
    errorBounds = Collections.unmodifiableSortedMap(new TreeMap<String, Double>(errorBounds));
  }

  static LightModule unchanged(PluginModule module, long bytes, double quality) {
    return new LightModule(
        module,
        Optional.empty(),
        1,
        bytes,
        bytes,
        quality,
        quality,
        Collections.emptySortedMap(),
        0);
  }

  LightModule after(int count) {
    return new LightModule(
        module,
        storage,
        energy,
        bytes,
        originalBytes,
        quality,
        originalQuality,
        errorBounds,
        count);
  }
}
