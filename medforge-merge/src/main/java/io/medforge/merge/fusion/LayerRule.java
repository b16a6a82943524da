package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.Update;
import java.util.List;

/**
 * Merges one layer: the extension point of every Fusion. Implementations are immutable, thread-safe
 * and deterministic.
 *
 * @param <U> the kind of update it merges
 */
@FunctionalInterface
interface LayerRule<U extends Update> {
  /**
   * Merges.
   *
   * @param layer the layer's name, for messages
   * @param updates not empty, in the strategy's order, of equal shape and layout
   * @return what became of the layer
   * @throws IncompatiblePluginsException if these updates cannot be merged without loss
   */
  MergedLayer merge(String layer, List<WeightedUpdate<U>> updates);

  /**
   * Looks at all layers before any is merged, where what becomes of one depends on the others.
   *
   * @param layers all layers
   * @return the rule that merges them; by default this one
   */
  default LayerRule<U> planned(WeightedLayers layers) {
    return this;
  }
}
