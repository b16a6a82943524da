package io.medforge.plugin.branch;

import io.medforge.plugin.LabelSpace;
import org.jspecify.annotations.Nullable;

/** The checks that this package's builders share. */
final class Settings {
  private Settings() {}

  static void checkOnce(String option, @Nullable Object earlier) {
    if (earlier != null) {
      throw new IllegalStateException(
          "expected " + option + " to be set once, found it set already to " + earlier);
    }
  }

  static int atLeastOne(String option, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("expected " + option + " of at least 1, found " + value);
    }
    return value;
  }

  static double positive(String option, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          "expected " + option + " above 0 and finite, found " + value);
    }
    return value;
  }

  static void checkClass(String label, LabelSpace labels) {
    if (!labels.classes().contains(label)) {
      throw new IllegalArgumentException(
          "expected a class of label space "
              + labels.name()
              + " "
              + labels.classes()
              + ", found "
              + label);
    }
  }
}
