package io.medforge.runtime.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginFit;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A plugin's values as the engine reads them, checked against the network. Immutable, thread-safe.
 */
final class PluginArrays {
  private record Factors(HostArray a, HostArray scaledB) {}

  private final SortedMap<String, Factors> lowRank = new TreeMap<>();
  private final SortedMap<String, HostArray> dense = new TreeMap<>();
  private final SortedMap<String, HostArray> replaced = new TreeMap<>();
  private long byteSize;
  private boolean resized;

  private PluginArrays() {}

  /** The values of a plugin, or an {@link IncompatiblePluginsException}. */
  static PluginArrays of(PluginModule plugin, Network network) {
    SortedMap<String, Shape> shapes = new TreeMap<>();
    network.parameters().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    PluginFit.check(plugin, network.base(), shapes);
    plugin.updates().forEach((layer, update) -> checkSupported(plugin, layer, update));
    PluginArrays arrays = new PluginArrays();
    plugin.updates().forEach(arrays::hold);
    arrays.replaced.forEach(
        (layer, value) -> arrays.resized |= !Objects.equals(shapes.get(layer), value.shape()));
    return arrays;
  }

  static PluginArrays none() {
    return new PluginArrays();
  }

  long byteSize() {
    return byteSize;
  }

  /** Whether a layer has another number of outputs than in the base. */
  boolean resized() {
    return resized;
  }

  /** Applies the changes to the base's arrays, which live in the same scope. */
  BoundLayers bind(Map<String, NDArray> base, NDManager scope) {
    SortedMap<String, NDArray> values = new TreeMap<>(base);
    dense.forEach(
        (layer, delta) -> values.computeIfPresent(layer, (l, w) -> w.add(delta.in(scope))));
    replaced.forEach((layer, value) -> values.put(layer, value.in(scope)));
    SortedMap<String, BoundLayers.LowRank> paths = new TreeMap<>();
    lowRank.forEach(
        (layer, factors) ->
            paths.put(
                layer,
                new BoundLayers.LowRank(factors.a().in(scope), factors.scaledB().in(scope))));
    return new BoundLayers(values, paths);
  }

  private void hold(String layer, Update update) {
    if (update instanceof LowRankUpdate factors) {
      lowRank.put(layer, new Factors(hold(factors.a(), 1.0), hold(factors.b(), factors.scaling())));
    } else if (update instanceof DenseUpdate change) {
      dense.put(layer, hold(change.delta(), 1.0));
    } else if (update instanceof Replacement replacement) {
      replaced.put(layer, hold(replacement.tensor(), 1.0));
    }
  }

  private HostArray hold(Tensor tensor, double factor) {
    HostArray array = HostArray.of(tensor, factor);
    byteSize += array.byteSize();
    return array;
  }

  private static void checkSupported(PluginModule plugin, String layer, Update update) {
    if (update instanceof LowRankUpdate factors) {
      if (factors.a().shape().dimensions() != 2 || factors.b().shape().dimensions() != 2) {
        throw IncompatiblePluginsException.at(
            plugin.id(),
            layer,
            "factors that are matrices (runtime.djl runs no low-rank convolutions)",
            "A " + factors.a().shape() + " and B " + factors.b().shape());
      }
      if (factors.layout() != LowRankUpdate.Layout.OUT_IN) {
        throw IncompatiblePluginsException.at(
            plugin.id(),
            layer,
            "layout OUT_IN, in which runtime.djl stores weights",
            factors.layout());
      }
    } else if (update instanceof Replacement replacement
        && !replacement.tensor().dtype().isFloatingPoint()) {
      throw IncompatiblePluginsException.at(
          plugin.id(), layer, "floating-point values", replacement.tensor().dtype());
    }
  }
}
