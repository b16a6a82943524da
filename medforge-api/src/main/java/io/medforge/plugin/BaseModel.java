package io.medforge.plugin;

import java.util.Optional;
import java.util.SortedMap;

/**
 * The frozen model that plugins extend: its name and, where known, the digest of its parameters.
 * Plugins meet only on the same base. Immutable.
 *
 * <p><b>How bases are compared</b> ({@link #matches}): where both digests are known they decide,
 * and the names do not count (a renamed copy is the same model). Where one is unknown, as in a PEFT
 * folder that only names its base, the names must be equal; such a match is weaker, so it is
 * recorded in the merge record. The relation is not transitive; a set of plugins is therefore
 * compared pair by pair.
 */
public final class BaseModel {
  private static final int MAX_NAME = 1024;

  private final String name;
  private final Optional<Digest> digest;

  private BaseModel(String name, Optional<Digest> digest) {
    if (name.isBlank()
        || name.length() > MAX_NAME
        || name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "expected a base model's name of 1 to "
              + MAX_NAME
              + " characters without control characters, found \""
              + name.substring(0, Math.min(name.length(), 64)).replaceAll("\\p{Cntrl}", "?")
              + "\"");
    }
    this.name = name;
    this.digest = digest;
  }

  /**
   * A base whose parameters are known.
   *
   * @param name what people call it
   * @param digest over its parameters, see {@link #digestOf}
   * @return the base
   * @throws IllegalArgumentException if the name is blank, over 1024 characters long or holds
   *     control characters
   */
  public static BaseModel of(String name, Digest digest) {
    return new BaseModel(name, Optional.of(digest));
  }

  /**
   * A base of which only the name is known.
   *
   * @param name what people call it
   * @return the base
   * @throws IllegalArgumentException if the name is blank, over 1024 characters long or holds
   *     control characters
   */
  public static BaseModel named(String name) {
    return new BaseModel(name, Optional.empty());
  }

  /**
   * The digest of a model's parameters: over each name and tensor, sorted by name. The same
   * whatever file or engine the parameters come from. Whoever reads the parameters anyway gets it
   * from {@link DigestingTensors}.
   *
   * @param parameters by name
   * @return the digest
   */
  public static Digest digestOf(SortedMap<String, Tensor> parameters) {
    return DigestingTensors.of(parameters).digest();
  }

  /**
   * The base's name.
   *
   * @return what people call it
   */
  public String name() {
    return name;
  }

  /**
   * The digest of the base's parameters.
   *
   * @return the digest, or empty if only the name is known
   */
  public Optional<Digest> digest() {
    return digest;
  }

  /**
   * Whether two descriptions mean the same base: by digest where both are known, else by name.
   *
   * @param other another description
   * @return true if plugins of the two may meet
   */
  public boolean matches(BaseModel other) {
    if (digest.isPresent() && other.digest.isPresent()) {
      return digest.equals(other.digest);
    }
    return name.equals(other.name);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BaseModel that && name.equals(that.name) && digest.equals(that.digest);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + digest.hashCode();
  }

  /** The name and the digest, or a remark that it is unknown. */
  @Override
  public String toString() {
    return name + digest.map(d -> " (" + d + ")").orElse(" (digest unknown)");
  }
}
