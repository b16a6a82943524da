package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.core.Linear;
import io.medforge.runtime.djl.HostArray;
import io.medforge.runtime.djl.Layers;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Layers that let every example's own gradient be read after one pass backwards. To each output of
 * a trained linear map it adds zeros, and asks for the gradient of these: example by example that
 * is the gradient g of the output, and with the map's input x the weight's gradient is g^T x
 * (Goodfellow, Efficient Per-Example Gradient Computations, 2015; Yousefpour et al., Opacus, 2021).
 * Not thread-safe.
 */
final class PerExampleLayers implements Layers {
  private final Trainables parameters;
  private final NDManager scope;
  private final List<NDArray> leaves;
  private final SortedMap<String, NDArray> values = new TreeMap<>();
  private final SortedMap<String, List<Use>> maps = new TreeMap<>();
  private final SortedSet<String> used = new TreeSet<>();

  /**
   * One use of a trained linear map.
   *
   * @param input {@code [n, ..., k]}
   * @param zeros {@code [n, ..., d]}, what was added to its output
   */
  record Use(NDArray input, NDArray zeros) {}

  PerExampleLayers(Trainables parameters, NDManager scope, List<NDArray> leaves) {
    this.parameters = parameters;
    this.scope = scope;
    this.leaves = leaves;
    parameters.frozen().forEach((name, host) -> values.put(name, host.in(scope)));
    parameters.whole().forEach((name, host) -> values.put(name, host.in(scope)));
  }

  @Override
  public NDArray linear(String layer, NDArray x) {
    String weight = layer + ".weight";
    String bias = layer + ".bias";
    NDArray y = Linear.linear(x, value(weight), optional(bias)).singletonOrThrow();
    boolean wholeWeight = parameters.whole().containsKey(weight);
    boolean wholeBias = parameters.whole().containsKey(bias);
    if (wholeWeight || wholeBias) {
      NDArray zeros = zeros(y);
      y = y.add(zeros);
      Use use = new Use(x, zeros);
      note(wholeWeight, weight, use);
      note(wholeBias, bias, use);
    }
    Trainables.Factors factors = parameters.factors().get(weight);
    return factors == null ? y : y.add(lowRank(weight, factors, x));
  }

  private NDArray lowRank(String weight, Trainables.Factors factors, NDArray x) {
    NDArray down = Linear.linear(x, factors.a().in(scope), null).singletonOrThrow();
    NDArray downZeros = zeros(down);
    down = down.add(downZeros);
    HostArray scaledB = scaled(factors);
    NDArray up = Linear.linear(down, scaledB.in(scope), null).singletonOrThrow();
    NDArray upZeros = zeros(up);
    note(true, "A:" + weight, new Use(x, downZeros));
    note(true, "B:" + weight, new Use(down, upZeros));
    return up.add(upZeros);
  }

  @Override
  public NDArray parameter(String name) {
    if (parameters.names().contains(name)) {
      throw new IllegalArgumentException(
          "expected private training of linear layers only, found that the architecture takes the"
              + " trained parameter "
              + name
              + " in full");
    }
    return value(name);
  }

  @Override
  public NDArray features(NDArray embedding) {
    return embedding;
  }

  SortedSet<String> used() {
    return Collections.unmodifiableSortedSet(used);
  }

  /** The uses of a trained parameter, or of the factors {@code A:weight} and {@code B:weight}. */
  List<Use> uses(String parameter) {
    return maps.getOrDefault(parameter, List.of());
  }

  private void note(boolean trained, String parameter, Use use) {
    if (trained) {
      maps.computeIfAbsent(parameter, name -> new ArrayList<>()).add(use);
    }
  }

  private NDArray zeros(NDArray like) {
    NDArray zeros = scope.zeros(like.getShape());
    zeros.setRequiresGradient(true);
    leaves.add(zeros);
    return zeros;
  }

  private static HostArray scaled(Trainables.Factors factors) {
    HostArray scaled = HostArray.zeros(factors.b().shape());
    FloatBuffer target = scaled.values();
    FloatBuffer source = factors.b().values();
    float scaling = (float) factors.scaling();
    while (target.hasRemaining()) {
      target.put(source.get() * scaling);
    }
    return scaled;
  }

  private NDArray value(String name) {
    NDArray value = optional(name);
    if (value == null) {
      throw new IllegalStateException(
          "expected parameter "
              + name
              + ", which the architecture asks for, found only "
              + values.keySet());
    }
    return value;
  }

  private @Nullable NDArray optional(String name) {
    NDArray value = values.get(name);
    if (value != null) {
      used.add(name);
    }
    return value;
  }
}
