package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.medforge.plugin.Shape;
import io.medforge.runtime.djl.BoundLayers;
import io.medforge.runtime.djl.HostArray;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * LoRA's dropout, as in PEFT: what the low-rank paths see of a layer's inputs is zeroed with
 * probability p and else multiplied by 1 / (1 - p). The masks depend on seed, layer and step only.
 */
record Dropout(double probability, long seed) {
  static final Dropout NONE = new Dropout(0, 0);

  boolean isNone() {
    return probability == 0;
  }

  /** The masks of one step. */
  Step at(NDManager scope, long step) {
    return new Step(scope, step);
  }

  /** One step's masks; remembers which layers asked for one. Not thread-safe. */
  final class Step implements BoundLayers.LowRankInput {
    private final NDManager scope;
    private final long step;
    private final SortedMap<String, Integer> calls = new TreeMap<>();

    private Step(NDManager scope, long step) {
      this.scope = scope;
      this.step = step;
    }

    @Override
    public NDArray of(String layer, NDArray x) {
      int call = calls.merge(layer, 1, Integer::sum);
      if (isNone()) {
        return x;
      }
      HostArray mask = HostArray.zeros(Shape.of(x.getShape().getShape()));
      SeededRandom.of(seed, "dropout " + call + " " + layer, step)
          .fillKept(mask, probability, (float) (1 / (1 - probability)));
      return x.mul(mask.in(scope));
    }

    /** Weights whose low-rank path no linear layer applied, so that nothing was dropped there. */
    SortedSet<String> untouched(SortedSet<String> weights) {
      SortedSet<String> untouched = new TreeSet<>(weights);
      calls.keySet().forEach(layer -> untouched.remove(layer + ".weight"));
      return untouched;
    }
  }
}
