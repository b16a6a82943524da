package io.medforge.runtime.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Layers bound to arrays for one forward pass; remembers what the architecture used. Not
 * thread-safe.
 */
public final class BoundLayers implements Layers {
  private final SortedMap<String, NDArray> values;
  private final SortedMap<String, LowRank> lowRank;
  private final LowRankInput lowRankInput;
  private final SortedSet<String> used = new TreeSet<>();
  private @Nullable NDArray features;

  /** What the low-rank path of a layer sees of its inputs: in training, dropout stands here. */
  @FunctionalInterface
  public interface LowRankInput {
    /**
     * What a low-rank path sees.
     *
     * @param layer the layer's name
     * @param x the layer's inputs, {@code [..., k]}
     * @return what A is applied to, of the same shape
     */
    NDArray of(String layer, NDArray x);
  }

  /**
   * The factors of a low-rank update, in the scope of the pass.
   *
   * @param a A, {@code [r, k]}
   * @param scaledB s B, {@code [d, r]}
   */
  public record LowRank(NDArray a, NDArray scaledB) {}

  /**
   * Layers over some arrays.
   *
   * @param values every parameter in full, in the scope of the pass
   * @param lowRank what is added to which of them
   */
  public BoundLayers(Map<String, NDArray> values, Map<String, LowRank> lowRank) {
    this(values, lowRank, (layer, x) -> x);
  }

  /**
   * Layers whose low-rank paths see their inputs changed. The change is not applied where an
   * architecture asks for a parameter in full.
   *
   * @param values every parameter in full, in the scope of the pass
   * @param lowRank what is added to which of them
   * @param lowRankInput what the low-rank paths see
   */
  public BoundLayers(
      Map<String, NDArray> values, Map<String, LowRank> lowRank, LowRankInput lowRankInput) {
    this.values = new TreeMap<>(values);
    this.lowRank = new TreeMap<>(lowRank);
    this.lowRankInput = lowRankInput;
  }

  @Override
  public NDArray linear(String layer, NDArray x) {
    NDArray weight = value(layer + ".weight");
    String bias = layer + ".bias";
    boolean biased = values.containsKey(bias);
    checkWidth(layer, weight.getShape(), x.getShape());
    if (biased && !value(bias).getShape().equals(new Shape(weight.getShape().get(0)))) {
      throw new IllegalArgumentException(
          "expected a bias for weight "
              + weight.getShape()
              + ", found "
              + value(bias).getShape()
              + ", at layer "
              + layer);
    }
    NDArray y = Linear.linear(x, weight, biased ? value(bias) : null).singletonOrThrow();
    LowRank update = lowRank.get(layer + ".weight");
    if (update == null) {
      return y;
    }
    NDArray down = Linear.linear(lowRankInput.of(layer, x), update.a(), null).singletonOrThrow();
    return y.add(Linear.linear(down, update.scaledB(), null).singletonOrThrow());
  }

  @Override
  public NDArray parameter(String name) {
    NDArray value = value(name);
    LowRank update = lowRank.get(name);
    return update == null ? value : update.scaledB().matMul(update.a()).add(value);
  }

  @Override
  public NDArray features(NDArray embedding) {
    features = embedding;
    return embedding;
  }

  /**
   * The features that the pass marked.
   *
   * @return {@code [n, width]}, or empty if the architecture marks none
   */
  public Optional<NDArray> markedFeatures() {
    return Optional.ofNullable(features);
  }

  /**
   * The parameters that the pass used.
   *
   * @return an unmodifiable view, sorted
   */
  public SortedSet<String> used() {
    return Collections.unmodifiableSortedSet(used);
  }

  private NDArray value(String name) {
    NDArray value = values.get(name);
    if (value == null) {
      throw new IllegalStateException(
          "expected parameter "
              + name
              + ", which the architecture asks for, found only "
              + values.keySet());
    }
    used.add(name);
    return value;
  }

  private static void checkWidth(String layer, Shape weight, Shape x) {
    if (weight.dimension() != 2) {
      throw new IllegalStateException(
          "expected a weight [d, k], found " + weight + ", at linear layer " + layer);
    }
    if (x.dimension() < 1 || x.get(x.dimension() - 1) != weight.get(1)) {
      throw new IllegalArgumentException(
          "expected inputs " + weight.get(1) + " wide, found " + x + ", at layer " + layer);
    }
  }
}
