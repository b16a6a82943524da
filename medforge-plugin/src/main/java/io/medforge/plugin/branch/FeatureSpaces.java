package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.medforge.plugin.Shape;
import io.medforge.runtime.djl.BoundLayers;
import io.medforge.runtime.djl.HostArray;
import io.medforge.runtime.djl.Network;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The spaces in which distillation compares rows: the base's features, and those of networks of its
 * architecture with random weights. Random weights depend on a seed only, never on patients.
 */
final class FeatureSpaces {
  private final Network network;
  private final long seed;
  private final SortedMap<String, HostArray> base = new TreeMap<>();

  FeatureSpaces(Network network, long seed) {
    this.network = network;
    this.seed = seed;
    network.parameters().forEach((name, tensor) -> base.put(name, HostArray.of(tensor)));
  }

  /** The base's weights. */
  SortedMap<String, HostArray> base() {
    return Collections.unmodifiableSortedMap(base);
  }

  /** Weights to draw into: a copy of the base's. */
  SortedMap<String, HostArray> copy() {
    SortedMap<String, HostArray> copy = new TreeMap<>();
    network.parameters().forEach((name, tensor) -> copy.put(name, HostArray.of(tensor)));
    return copy;
  }

  /**
   * Draws weights from N(0, 2/k); vectors keep the base's values, for a norm's scale is no bias.
   */
  void draw(SortedMap<String, HostArray> weights, long index) {
    weights.forEach(
        (name, array) -> {
          Shape shape = array.shape();
          if (shape.dimensions() >= 2) {
            double in = (double) shape.elements() / shape.dimension(0);
            SeededRandom.of(seed, "embedding " + name, index)
                .fillGaussian(array, StrictMath.sqrt(2 / in));
          }
        });
  }

  /** The features of some rows, {@code [n, width]}. */
  NDArray features(SortedMap<String, HostArray> weights, NDArray rows, NDManager scope) {
    SortedMap<String, NDArray> arrays = new TreeMap<>();
    weights.forEach((name, host) -> arrays.put(name, host.in(scope)));
    BoundLayers layers = new BoundLayers(arrays, Collections.emptySortedMap());
    NDArray logits = network.architecture().forward(layers, rows);
    NDArray features =
        layers
            .markedFeatures()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "expected an architecture that marks its features, found none, at base "
                            + network.base()));
    if (features.getShape().dimension() != 2
        || features.getShape().get(0) != logits.getShape().get(0)) {
      throw new IllegalArgumentException(
          "expected features [n, width], found "
              + features.getShape()
              + ", at base "
              + network.base());
    }
    return features;
  }
}
