package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.medforge.runtime.djl.BoundLayers;
import io.medforge.runtime.djl.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * A network's parameters in training: frozen ones, ones trained whole, and low-rank factors beside
 * frozen weights. It holds all values; the engine sees them for one step at a time.
 *
 * @param frozen parameters that stay as they are
 * @param whole parameters that are trained whole
 * @param factors low-rank factors, by the frozen weight they belong to
 */
record Trainables(
    SortedMap<String, HostArray> frozen,
    SortedMap<String, HostArray> whole,
    SortedMap<String, Factors> factors) {

  /** Low-rank factors: A {@code [r, k]}, B {@code [d, r]}, and s. */
  record Factors(HostArray a, HostArray b, double scaling) {}

  /** The names of the parameters that training changes. */
  SortedSet<String> names() {
    SortedSet<String> names = new TreeSet<>(whole.keySet());
    names.addAll(factors.keySet());
    return names;
  }

  /** What training writes to, in the order of {@link #bind}'s leaves. */
  List<HostArray> arrays() {
    List<HostArray> arrays = new ArrayList<>(whole.values());
    factors.values().forEach(f -> arrays.addAll(List.of(f.a(), f.b())));
    return arrays;
  }

  /** Layers for one differentiable pass; the arrays to be trained are added to {@code leaves}. */
  BoundLayers bind(NDManager scope, List<NDArray> leaves) {
    return bind(scope, leaves, (layer, x) -> x);
  }

  /** Layers for one differentiable pass, with what the low-rank paths see. */
  BoundLayers bind(NDManager scope, List<NDArray> leaves, BoundLayers.LowRankInput input) {
    return bind(scope, host -> leaf(host, scope, leaves), input);
  }

  /** Layers for a pass that nothing is differentiated by. */
  BoundLayers bind(NDManager scope) {
    return bind(scope, host -> host.in(scope), (layer, x) -> x);
  }

  private BoundLayers bind(
      NDManager scope, Function<HostArray, NDArray> leaf, BoundLayers.LowRankInput input) {
    SortedMap<String, NDArray> arrays = new TreeMap<>();
    frozen.forEach((name, host) -> arrays.put(name, host.in(scope)));
    whole.forEach((name, host) -> arrays.put(name, leaf.apply(host)));
    SortedMap<String, BoundLayers.LowRank> paths = new TreeMap<>();
    factors.forEach(
        (name, f) -> {
          NDArray a = leaf.apply(f.a());
          NDArray b = leaf.apply(f.b());
          // An array, not a number: mul(Number) corrupts gradients.
          NDArray scaling = scope.full(new Shape(1), (float) f.scaling());
          paths.put(name, new BoundLayers.LowRank(a, b.mul(scaling)));
        });
    return new BoundLayers(arrays, paths, input);
  }

  private static NDArray leaf(HostArray host, NDManager scope, List<NDArray> leaves) {
    NDArray array = host.in(scope);
    array.setRequiresGradient(true);
    leaves.add(array);
    return array;
  }
}
