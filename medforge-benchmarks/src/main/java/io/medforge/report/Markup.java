package io.medforge.report;

/** Text within XML and HTML. */
final class Markup {
  private Markup() {}

  /**
   * Text as content or as a quoted attribute.
   *
   * @param text any
   * @return the text with the five special characters escaped and what XML forbids replaced
   */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    plain(text)
        .codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(c);
              }
            });
    return escaped.toString();
  }

  /**
   * Text that XML can hold.
   *
   * @param text any
   * @return the text with control characters, lone surrogates and overrides of the writing
   *     direction replaced by U+FFFD
   */
  static String plain(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    text.codePoints().forEach(c -> plain.appendCodePoint(isAllowed(c) ? c : 0xFFFD));
    return plain.toString();
  }

  private static boolean isAllowed(int c) {
    if (c == '\n' || c == '\t') {
      return true;
    }
    boolean reorders = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    boolean unused = c == 0xFFFE || c == 0xFFFF;
    return c >= 0x20 && !(c >= 0x7F && c < 0xA0) && !isSurrogate(c) && !reorders && !unused;
  }

  private static boolean isSurrogate(int c) {
    return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
  }
}
