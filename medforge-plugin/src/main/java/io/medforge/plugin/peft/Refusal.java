package io.medforge.plugin.peft;

import io.medforge.plugin.MalformedPluginException;

/** Words every refusal of this package: "expected X, found Y, at Z". */
final class Refusal {
  private static final int QUOTED_CHARACTERS = 120;

  private Refusal() {}

  static MalformedPluginException malformed(String expected, Object found, String at) {
    return new MalformedPluginException(message(expected, found, at));
  }

  static MalformedPluginException malformed(
      String expected, Object found, String at, Throwable cause) {
    return new MalformedPluginException(message(expected, found, at), cause);
  }

  static String message(String expected, Object found, String at) {
    return "expected " + expected + ", found " + found + ", at " + at;
  }

  /** Quotes text from a hostile file for a message: one line, bounded, nothing invisible. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints()
        .limit(QUOTED_CHARACTERS)
        .forEach(c -> quoted.appendCodePoint(Character.isLetterOrDigit(c) || isPlain(c) ? c : '?'));
    quoted.append('"');
    if (text.length() > QUOTED_CHARACTERS) {
      quoted.append("... (").append(text.length()).append(" characters)");
    }
    return quoted.toString();
  }

  private static boolean isPlain(int c) {
    return c >= ' ' && c < 0x7f;
  }
}
