package io.medforge.plugin.peft;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An option that may be set once. */
final class Once {
  private Once() {}

  static <T> T set(String option, @Nullable T old, T value) {
    if (old != null) {
      throw new IllegalStateException(
          "expected " + option + " once, found it set to " + old + " before");
    }
    return Objects.requireNonNull(value, option);
  }
}
