package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.medforge.runtime.djl.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * Features under several fixed networks, side by side, each network's scaled to length 1 / sqrt(m),
 * so that a row's m parts together are no longer than 1. A part that is zero stays zero.
 */
final class UnitFeatures {
  private static final float LEAST_NORM = 1e-6f;

  /** Keeps the length below 1 whatever single precision does. */
  private static final double MARGIN = 1 - 1e-5;

  private final FeatureSpaces spaces;
  private final List<SortedMap<String, HostArray>> networks = new ArrayList<>();

  UnitFeatures(FeatureSpaces spaces, int randomNetworks) {
    this.spaces = spaces;
    networks.add(spaces.base());
    for (int i = 0; i < randomNetworks; i++) {
      SortedMap<String, HostArray> weights = spaces.copy();
      spaces.draw(weights, i);
      networks.add(weights);
    }
  }

  /** {@code [n, width]}, each row at most 1 long; only arrays meet, for it is differentiated. */
  NDArray of(NDArray rows, NDManager scope) {
    float length = (float) (MARGIN / StrictMath.sqrt((double) networks.size()));
    NDArray lengths = scope.full(new Shape(1), length);
    NDArray least = scope.full(new Shape(1), LEAST_NORM);
    NDArray leastSquare = scope.full(new Shape(1), LEAST_NORM * LEAST_NORM);
    NDArray all = null;
    for (SortedMap<String, HostArray> weights : networks) {
      NDArray features = spaces.features(weights, rows, scope);
      NDArray squares = features.mul(features).sum(new int[] {1}, true);
      NDArray norms = squares.add(leastSquare).sqrt().maximum(least);
      NDArray unit = features.div(norms).mul(lengths);
      all = all == null ? unit : all.concat(unit, 1);
    }
    if (all == null) {
      throw new IllegalStateException("expected at least the base's features, found none");
    }
    return all;
  }
}
