package io.medforge.plugin.light;

import io.medforge.plugin.PluginModule;

/**
 * Cuts the ranks of a module to the least that keep a share of each layer's energy. With
 * medforge-merge: {@code (module, energy) ->
 * Fusion.average().rank(Rank.energy(energy)).build().merge(PluginSet.of(module)).value()}.
 */
@FunctionalInterface
public interface Truncation {
  /**
   * Cuts a module.
   *
   * @param module the module
   * @param energy the share of the squared singular values that each layer keeps, above 0, below 1
   * @return a module of the same base and layers; the same for the same arguments
   */
  PluginModule keep(PluginModule module, double energy);
}
