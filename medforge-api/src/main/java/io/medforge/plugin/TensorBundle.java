package io.medforge.plugin;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Named tensors and the text that says what they are: how a value of the mathematics, such as an
 * output memory or a fitted gate, travels to a file without either knowing the other. Immutable as
 * far as its tensors are.
 */
public final class TensorBundle {
  private final SortedMap<String, Tensor> tensors;
  private final SortedMap<String, String> metadata;
  private final Digest digest;

  private TensorBundle(SortedMap<String, Tensor> tensors, SortedMap<String, String> metadata) {
    this.tensors = Collections.unmodifiableSortedMap(tensors);
    this.metadata = Collections.unmodifiableSortedMap(metadata);
    this.digest = digestOf(tensors, metadata);
  }

  /**
   * A bundle. Every tensor is read once, in small pieces, for the digest.
   *
   * @param tensors by name; copied, the tensors themselves are not
   * @param metadata text by key; copied
   * @return the bundle
   * @throws IllegalArgumentException if a name or key is blank or holds control characters
   */
  public static TensorBundle of(
      Map<String, ? extends Tensor> tensors, Map<String, String> metadata) {
    tensors.keySet().forEach(name -> checkName("tensor's name", name));
    metadata.keySet().forEach(key -> checkName("metadata key", key));
    return new TensorBundle(new TreeMap<>(tensors), new TreeMap<>(metadata));
  }

  /**
   * The tensors.
   *
   * @return by name, unmodifiable; may be empty
   */
  public SortedMap<String, Tensor> tensors() {
    return tensors;
  }

  /**
   * The text.
   *
   * @return by key, unmodifiable; may be empty
   */
  public SortedMap<String, String> metadata() {
    return metadata;
  }

  /**
   * One tensor.
   *
   * @param name its name
   * @return the tensor
   * @throws MalformedPluginException if there is none of that name
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw missing("tensor", name);
    }
    return tensor;
  }

  /**
   * One text.
   *
   * @param key its key
   * @return the text
   * @throws MalformedPluginException if there is none of that key
   */
  public String text(String key) {
    String text = metadata.get(key);
    if (text == null) {
      throw missing("metadata", key);
    }
    return text;
  }

  /**
   * The identity of its content.
   *
   * @return SHA-256 over metadata and tensors, each sorted by name
   */
  public Digest digest() {
    return digest;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TensorBundle that && digest.equals(that.digest);
  }

  @Override
  public int hashCode() {
    return digest.hashCode();
  }

  /** How much there is and the digest; never the content. */
  @Override
  public String toString() {
    return tensors.size() + " tensors, " + metadata.size() + " texts, " + digest;
  }

  private static MalformedPluginException missing(String kind, String name) {
    return new MalformedPluginException(
        "expected " + kind + " " + Quotation.of(name) + ", found none, at a tensor bundle");
  }

  private static void checkName(String kind, String name) {
    if (name.isBlank() || name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "expected a " + kind + " without control characters, found " + Quotation.of(name));
    }
  }

  private static Digest digestOf(
      SortedMap<String, Tensor> tensors, SortedMap<String, String> metadata) {
    Digest.Builder builder = Digest.builder().add("medforge-bundle-v1").add(metadata.size());
    metadata.forEach((key, text) -> builder.add(key).add(text));
    builder.add(tensors.size());
    tensors.forEach((name, tensor) -> builder.add(name).add(tensor));
    return builder.build();
  }
}
