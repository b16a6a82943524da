package io.medforge.runtime.djl;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.Tensor;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A network: an architecture, its parameters, and the base model that these parameters are.
 * Immutable.
 */
public final class Network {
  private final BaseModel base;
  private final Architecture architecture;
  private final SortedMap<String, Tensor> parameters;

  private Network(BaseModel base, Architecture architecture, SortedMap<String, Tensor> parameters) {
    this.base = base;
    this.architecture = architecture;
    this.parameters = parameters;
  }

  /**
   * A network whose base model has the digest of its parameters.
   *
   * @param name what people call the base
   * @param architecture the order of computation
   * @param parameters by name; the map is copied, the tensors are not
   * @return the network
   * @throws IllegalArgumentException if the name does not suit a base model, there is no parameter,
   *     or one is empty or of no floating-point type; the message names it
   */
  public static Network of(
      String name, Architecture architecture, SortedMap<String, Tensor> parameters) {
    return of(BaseModel.named(name), architecture, parameters);
  }

  /**
   * A network of a known base model. Where the base's digest is unknown it becomes the parameters'.
   *
   * @param base the base model
   * @param architecture the order of computation
   * @param parameters by name; the map is copied, the tensors are not
   * @return the network
   * @throws IllegalArgumentException if there is no parameter, one is empty or of no floating-point
   *     type, or the base has another digest than the parameters; the message names it
   */
  public static Network of(
      BaseModel base, Architecture architecture, SortedMap<String, Tensor> parameters) {
    SortedMap<String, Tensor> sorted = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    if (sorted.isEmpty()) {
      throw new IllegalArgumentException(
          "expected at least one parameter, found none, at base " + base);
    }
    sorted.forEach(
        (name, tensor) -> {
          if (!tensor.dtype().isFloatingPoint() || tensor.shape().elements() == 0) {
            throw new IllegalArgumentException(
                "expected floating-point values, found "
                    + tensor.dtype()
                    + tensor.shape()
                    + ", at base "
                    + base
                    + ", parameter "
                    + name);
          }
        });
    Digest digest = BaseModel.digestOf(sorted);
    if (!base.digest().orElse(digest).equals(digest)) {
      throw new IllegalArgumentException(
          "expected the parameters of base " + base + ", found parameters with " + digest);
    }
    return new Network(BaseModel.of(base.name(), digest), architecture, sorted);
  }

  /**
   * What these parameters are.
   *
   * @return the base model, with its digest
   */
  public BaseModel base() {
    return base;
  }

  /**
   * The order of computation.
   *
   * @return the architecture
   */
  public Architecture architecture() {
    return architecture;
  }

  /**
   * The parameters.
   *
   * @return an unmodifiable map, sorted by name
   */
  public SortedMap<String, Tensor> parameters() {
    return parameters;
  }
}
