package io.medforge.cli;

import java.util.Arrays;

/** Finds values by the names that people write. */
final class Named {
  private Named() {}

  /**
   * The value of a name.
   *
   * @param what is chosen, for the message
   * @param text the name
   * @param values to choose from; their {@code toString} is their name
   * @return the value
   * @throws IllegalArgumentException if there is none of this name; the message lists them
   */
  static <T> T find(String what, String text, T[] values) {
    return Arrays.stream(values)
        .filter(value -> value.toString().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected as "
                        + what
                        + " one of "
                        + Arrays.toString(values)
                        + ", found \""
                        + text
                        + "\""));
  }
}
