package io.medforge.plugin;

/**
 * A change given in full: of a layer trained whole against its base, or of a bias. Immutable.
 *
 * @param delta the trained value minus the base's, in the shape in which the base stores the
 *     parameter
 */
public record DenseUpdate(Tensor delta) implements Update {
  /**
   * Checks the type.
   *
   * @param delta the trained value minus the base's, in the shape in which the base stores the
   *     parameter
   * @throws IllegalArgumentException if it is no floating-point type
   */
  public DenseUpdate {
    if (!delta.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "expected a floating-point type for a dense update, found " + delta.dtype());
    }
  }
}
