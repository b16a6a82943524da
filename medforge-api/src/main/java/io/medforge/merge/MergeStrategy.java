package io.medforge.merge;

/**
 * Makes one model of many modules. Implementations are immutable, thread-safe and pure: the same
 * set gives the same result, byte for byte.
 *
 * @param <R> what comes out: one plugin module for Fusion, a mixture model for Mixture
 */
@FunctionalInterface
public interface MergeStrategy<R> {
  /**
   * Merges.
   *
   * @param plugins what to merge
   * @return the result and the record of how it came to be
   * @throws IncompatiblePluginsException if the strategy cannot merge these plugins without loss
   * @throws IllegalArgumentException if the strategy's coefficients do not fit these plugins
   */
  Merged<R> merge(PluginSet plugins);
}
