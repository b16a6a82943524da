package io.medforge.plugin.safetensors;

import java.util.Locale;

/** Text as JSON strings: exact for files, shortened and printable for messages. */
final class JsonText {
  private static final int QUOTED_CHARACTERS = 120;

  private JsonText() {}

  /** Appends a JSON string with the fewest escapes JSON allows, as the reference writer does. */
  static void append(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      appendEscaped(json, text.charAt(i), text.charAt(i) < 0x20);
    }
    json.append('"');
  }

  /** Quotes text from a hostile file for a message: one line, bounded, nothing invisible. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    int shown = Math.min(text.length(), QUOTED_CHARACTERS);
    for (int i = 0; i < shown; i++) {
      appendEscaped(quoted, text.charAt(i), !isPrintable(text.charAt(i)));
    }
    quoted.append('"');
    if (shown < text.length()) {
      quoted.append("... (").append(text.length()).append(" characters)");
    }
    return quoted.toString();
  }

  /** Whether the text has half a surrogate pair, so that no UTF-8 stands for it. */
  static boolean hasLoneSurrogate(String text) {
    return text.codePoints()
        .anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
  }

  private static boolean isPrintable(char c) {
    int type = Character.getType(c);
    return !Character.isISOControl(c)
        && type != Character.FORMAT
        && type != Character.SURROGATE
        && type != Character.LINE_SEPARATOR
        && type != Character.PARAGRAPH_SEPARATOR;
  }

  private static void appendEscaped(StringBuilder into, char c, boolean escape) {
    switch (c) {
      case '"' -> into.append("\\\"");
      case '\\' -> into.append("\\\\");
      case '\b' -> into.append("\\b");
      case '\f' -> into.append("\\f");
      case '\n' -> into.append("\\n");
      case '\r' -> into.append("\\r");
      case '\t' -> into.append("\\t");
      default -> {
        if (escape) {
          into.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
        } else {
          into.append(c);
        }
      }
    }
  }
}
