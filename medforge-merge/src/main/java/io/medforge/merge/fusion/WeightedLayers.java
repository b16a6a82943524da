package io.medforge.merge.fusion;

import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The layers of a set of weighted plugins. */
record WeightedLayers(
    List<String> names, Weighting.Weighted weighted, Optional<ExecutorService> executor) {
  /** Some of them. */
  WeightedLayers only(List<String> some) {
    return new WeightedLayers(List.copyOf(some), weighted, executor);
  }

  /** By layer; the executor changes when a layer's turn comes, not what becomes of it. */
  <T> SortedMap<String, T> map(BiFunction<String, List<WeightedUpdate<Update>>, T> task) {
    Function<String, T> one = layer -> task.apply(layer, updatesOf(layer));
    List<T> results =
        executor.isEmpty()
            ? names.stream().map(one).toList()
            : InOrder.all(executor.get(), names, one);
    SortedMap<String, T> byLayer = new TreeMap<>();
    for (int i = 0; i < names.size(); i++) {
      byLayer.put(names.get(i), results.get(i));
    }
    return byLayer;
  }

  private List<WeightedUpdate<Update>> updatesOf(String layer) {
    List<WeightedUpdate<Update>> updates = new ArrayList<>();
    for (PluginModule plugin : weighted.order()) {
      Update update = plugin.updates().get(layer);
      if (update != null) {
        double weight = weighted.coefficients().of(plugin.id(), layer);
        updates.add(new WeightedUpdate<>(plugin.id(), update, weight));
      }
    }
    return updates;
  }
}
