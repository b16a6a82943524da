package io.medforge.merge.checkpoint;

import io.medforge.plugin.Tensor;
import java.util.Collections;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A whole model's tensors. Immutable as far as the tensors are.
 *
 * @param name what messages call it, such as its folder
 * @param tensors by name; they must be readable as long as what is merged of them is read, by
 *     several threads
 */
public record ModelTensors(String name, SortedMap<String, Tensor> tensors) {
  /**
   * Copies the map.
   *
   * @param name what messages call it, such as its folder
   * @param tensors by name
   */
  public ModelTensors {
    Objects.requireNonNull(name, "name");
    tensors = Collections.unmodifiableSortedMap(new TreeMap<>(tensors));
  }
}
