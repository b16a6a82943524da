package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.PluginId;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What centres say of their data, by plugin and layer: an input of closed-form rules.
 *
 * @param <S> what is said of a layer
 * @param name what it is called, for messages
 * @param values by plugin, then by layer
 */
record PluginStatistics<S>(String name, SortedMap<PluginId, SortedMap<String, S>> values) {
  static <S> PluginStatistics<S> of(String name, Map<PluginId, ? extends Map<String, S>> given) {
    SortedMap<PluginId, SortedMap<String, S>> values = new TreeMap<>();
    given.forEach(
        (plugin, layers) ->
            values.put(plugin, Collections.unmodifiableSortedMap(new TreeMap<>(layers))));
    if (values.isEmpty()) {
      throw new IllegalArgumentException("expected " + name + " of plugins, found none");
    }
    return new PluginStatistics<>(name, Collections.unmodifiableSortedMap(values));
  }

  /** What a plugin says of a layer. */
  S of(PluginId plugin, String layer) {
    SortedMap<String, S> layers = values.get(plugin);
    S value = layers == null ? null : layers.get(layer);
    if (value == null) {
      throw new IncompatiblePluginsException(
          "expected " + name + ", found none, at plugin " + plugin + ", layer " + layer);
    }
    return value;
  }

  /** The members that count, refusing coefficients that make no weighted mean. */
  static List<LayerUpdates.Member> counting(String rule, LayerUpdates layer) {
    for (LayerUpdates.Member member : layer.members()) {
      if (!(member.weight() >= 0)) {
        throw new IncompatiblePluginsException(
            "expected coefficients of at least 0 for "
                + rule
                + ", found "
                + member.weight()
                + ", at plugin "
                + member.plugin()
                + ", layer "
                + layer.layer());
      }
    }
    List<LayerUpdates.Member> counting =
        layer.members().stream().filter(member -> member.weight() > 0).toList();
    if (counting.isEmpty()) {
      throw new IncompatiblePluginsException(
          "expected a coefficient above 0 for " + rule + ", found none, at layer " + layer.layer());
    }
    return counting;
  }
}
