package io.medforge.merge;

import io.medforge.plugin.PluginId;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How much each plugin counts in a merge: w_i per plugin, or per plugin and layer. Any finite
 * numbers; negative ones subtract. Immutable.
 */
public sealed interface Coefficients permits Coefficients.PerPlugin, Coefficients.PerLayer {
  /**
   * One coefficient.
   *
   * @param plugin the plugin
   * @param layer the layer
   * @return w, finite
   * @throws IllegalArgumentException if there is none for this plugin or layer
   */
  double of(PluginId plugin, String layer);

  /**
   * Checks that there is a coefficient for each plugin and layer of a set, and none beyond it.
   *
   * @param plugins the set
   * @throws IllegalArgumentException saying which plugin or layer has none, or has one too many
   */
  void checkFit(PluginSet plugins);

  /**
   * The same proportions, summing to 1 (per layer where they are per layer).
   *
   * @return new coefficients
   * @throws IllegalArgumentException if they sum to zero
   */
  Coefficients normalized();

  /**
   * 1/n for every plugin.
   *
   * @param plugins the set
   * @return coefficients that sum to 1
   */
  static PerPlugin uniform(PluginSet plugins) {
    SortedMap<PluginId, Double> weights = new TreeMap<>();
    plugins.plugins().forEach(plugin -> weights.put(plugin.id(), 1.0 / plugins.size()));
    return new PerPlugin(weights);
  }

  /**
   * One coefficient per plugin.
   *
   * @param weights by plugin
   * @return the coefficients
   * @throws IllegalArgumentException if there are none or one is not finite
   */
  static PerPlugin perPlugin(Map<PluginId, Double> weights) {
    return new PerPlugin(new TreeMap<>(weights));
  }

  /**
   * One coefficient per layer and plugin.
   *
   * @param layers by layer, then by plugin
   * @return the coefficients
   * @throws IllegalArgumentException if there are none
   */
  static PerLayer perLayer(Map<String, PerPlugin> layers) {
    return new PerLayer(new TreeMap<>(layers));
  }

  /**
   * One coefficient per plugin, for all its layers.
   *
   * @param weights by plugin, not empty, finite
   */
  record PerPlugin(SortedMap<PluginId, Double> weights) implements Coefficients {
    /**
     * Checks and copies.
     *
     * @param weights by plugin, not empty, finite
     * @throws IllegalArgumentException if there are none or one is not finite
     */
    public PerPlugin {
      weights = Collections.unmodifiableSortedMap(new TreeMap<>((Map<PluginId, Double>) weights));
      if (weights.isEmpty()) {
        throw new IllegalArgumentException("expected at least one coefficient, found none");
      }
      weights.forEach(
          (plugin, weight) -> {
            if (!Double.isFinite(weight)) {
              throw new IllegalArgumentException(
                  "expected a finite coefficient, found " + weight + ", at plugin " + plugin);
            }
          });
    }

    @Override
    public double of(PluginId plugin, String layer) {
      Double weight = weights.get(plugin);
      if (weight == null) {
        throw new IllegalArgumentException(
            "expected a coefficient for plugin " + plugin + ", found only " + weights.keySet());
      }
      return weight;
    }

    @Override
    public void checkFit(PluginSet plugins) {
      TreeSet<PluginId> ids = new TreeSet<>();
      plugins.plugins().forEach(plugin -> ids.add(plugin.id()));
      if (!ids.equals(weights.keySet())) {
        throw new IllegalArgumentException(
            "expected coefficients for " + ids + ", found them for " + weights.keySet());
      }
    }

    @Override
    public PerPlugin normalized() {
      double sum = 0;
      for (double weight : weights.values()) {
        sum += weight;
      }
      if (sum == 0 || !Double.isFinite(sum)) {
        throw new IllegalArgumentException(
            "expected coefficients with a finite sum other than zero, found sum "
                + sum
                + " of "
                + weights);
      }
      SortedMap<PluginId, Double> shares = new TreeMap<>();
      for (Map.Entry<PluginId, Double> entry : weights.entrySet()) {
        shares.put(entry.getKey(), entry.getValue() / sum);
      }
      return new PerPlugin(shares);
    }
  }

  /**
   * One coefficient per plugin at each layer.
   *
   * @param layers by layer, then by plugin; not empty
   */
  record PerLayer(SortedMap<String, PerPlugin> layers) implements Coefficients {
    /**
     * Checks and copies.
     *
     * @param layers by layer, then by plugin; not empty
     * @throws IllegalArgumentException if there are none
     */
    public PerLayer {
      layers = Collections.unmodifiableSortedMap(new TreeMap<>((Map<String, PerPlugin>) layers));
      if (layers.isEmpty()) {
        throw new IllegalArgumentException(
            "expected coefficients for at least one layer, found none");
      }
    }

    @Override
    public double of(PluginId plugin, String layer) {
      PerPlugin weights = layers.get(layer);
      if (weights == null) {
        throw new IllegalArgumentException(
            "expected coefficients for layer " + layer + ", found only " + layers.keySet());
      }
      return weights.of(plugin, layer);
    }

    @Override
    public void checkFit(PluginSet plugins) {
      if (!plugins.layers().equals(layers.keySet())) {
        throw new IllegalArgumentException(
            "expected coefficients for layers "
                + plugins.layers()
                + ", found them for "
                + layers.keySet());
      }
      layers.values().forEach(weights -> weights.checkFit(plugins));
    }

    @Override
    public PerLayer normalized() {
      SortedMap<String, PerPlugin> shares = new TreeMap<>();
      layers.forEach((layer, weights) -> shares.put(layer, weights.normalized()));
      return new PerLayer(shares);
    }
  }
}
