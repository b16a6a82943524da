package io.medforge.cli.forge;

import java.util.Locale;

/** Text of unknown origin as a terminal may show it. */
final class PlainText {
  private PlainText() {}

  /** The text on one line, with control and formatting characters spelled out. */
  static String of(String text) {
    StringBuilder plain = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              int type = Character.getType(c);
              boolean odd =
                  type == Character.CONTROL
                      || type == Character.FORMAT
                      || type == Character.SURROGATE
                      || type == Character.LINE_SEPARATOR
                      || type == Character.PARAGRAPH_SEPARATOR;
              if (odd) {
                plain.append(String.format(Locale.ROOT, "\\u%04x", c));
              } else {
                plain.appendCodePoint(c);
              }
            });
    return plain.toString();
  }
}
