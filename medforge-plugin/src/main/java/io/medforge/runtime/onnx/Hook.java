package io.medforge.runtime.onnx;

import io.medforge.plugin.LowRankUpdate.Layout;
import io.medforge.plugin.Shape;
import java.util.Optional;

/**
 * Where a plugin can take hold of a parameter.
 *
 * @param shape the parameter's
 * @param overridable whether another value can be fed
 * @param layout how a linear layer reads it, or empty if it has no side branch
 */
record Hook(Shape shape, boolean overridable, Optional<Layout> layout) {
  private static final String PREFIX = "medforge:";

  /** No hold at all. */
  static final Hook NONE = new Hook(Shape.of(), false, Optional.empty());

  /** What no name in a file may begin with. */
  static String prefix() {
    return PREFIX;
  }

  /** The side branch's first factor, {@code [k, r]}. */
  static String down(String parameter) {
    return PREFIX + "down:" + parameter;
  }

  /** The side branch's second factor, {@code [r, d]}. */
  static String up(String parameter) {
    return PREFIX + "up:" + parameter;
  }

  /** The layer's inputs, k. */
  long in() {
    return shape.dimension(layout.equals(Optional.of(Layout.OUT_IN)) ? 1 : 0);
  }

  /** The layer's outputs, d. */
  long out() {
    return shape.dimension(layout.equals(Optional.of(Layout.OUT_IN)) ? 0 : 1);
  }
}
