package io.medforge.merge.fusion;

import io.medforge.plugin.PluginId;
import io.medforge.plugin.Update;

/**
 * One plugin's update at one layer and how much it counts.
 *
 * @param <U> the kind of update
 * @param plugin whose it is
 * @param update the update
 * @param weight w, finite
 */
record WeightedUpdate<U extends Update>(PluginId plugin, U update, double weight) {
  /** The same under a narrower kind. */
  <V extends Update> WeightedUpdate<V> as(Class<V> kind) {
    return new WeightedUpdate<>(plugin, kind.cast(update), weight);
  }
}
