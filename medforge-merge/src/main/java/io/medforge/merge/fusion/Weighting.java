package io.medforge.merge.fusion;

import io.medforge.merge.Coefficients;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.PluginModule;
import java.util.List;

/** In which order a set's plugins are summed and how much each counts. */
@FunctionalInterface
interface Weighting {
  /**
   * Weighs a set.
   *
   * @throws IllegalArgumentException if the coefficients do not fit the set
   */
  Weighted weigh(PluginSet plugins);

  /** Plugins in order of summation, and their coefficients. */
  record Weighted(List<PluginModule> order, Coefficients coefficients) {}
}
