package io.medforge.plugin.peft;

import static io.medforge.plugin.peft.Refusal.malformed;
import static io.medforge.plugin.peft.Refusal.quote;

/**
 * Lets through the regular expressions that mean the same in Python's {@code re} and in {@code
 * java.util.regex} on ASCII text: literals, {@code .}, {@code ^}, {@code $}, groups ({@code (?i:)}
 * too), alternation, plain classes, {@code \d \w \D \W}, escaped punctuation, and greedy or lazy
 * quantifiers. The rest (look-around, back-references, inline flags, possessive quantifiers, class
 * arithmetic) is refused by name, since one of the two would read it otherwise.
 */
final class PythonSyntax {
  private static final String CLASS_ESCAPES = "dwDW";

  private final String pattern;
  private final String at;
  private int next;
  private int openGroups;
  private boolean repeatable;

  private PythonSyntax(String pattern, String at) {
    this.pattern = pattern;
    this.at = at;
  }

  /**
   * Checks a pattern of ASCII characters.
   *
   * @throws io.medforge.plugin.MalformedPluginException if it uses anything else; the message names
   *     it
   */
  static void check(String pattern, String at) {
    new PythonSyntax(pattern, at).scan();
  }

  /** A pattern that matches exactly this text, in Python as in Java. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x80 && !Character.isLetterOrDigit(c) && c != '_') {
        escaped.append('\\');
      }
      escaped.append(c);
    }
    return escaped.toString();
  }

  private void scan() {
    while (next < pattern.length()) {
      char c = pattern.charAt(next++);
      switch (c) {
        case '\\' -> escape();
        case '[' -> characterClass();
        case '(' -> group();
        case '*', '+', '?' -> quantifier(String.valueOf(c));
        case '{' -> braces();
        case '^', '$', '|' -> repeatable = false;
        case ')' -> endOfGroup();
        case ']', '}' -> throw refused("an unescaped " + c);
        default -> repeatable = true;
      }
    }
    if (openGroups > 0) {
      throw refused("an open group");
    }
  }

  private void escape() {
    if (next == pattern.length()) {
      throw refused("a lone backslash");
    }
    char escaped = pattern.charAt(next++);
    if (Character.isLetterOrDigit(escaped) && CLASS_ESCAPES.indexOf(escaped) < 0) {
      throw refused("\\" + escaped);
    }
    repeatable = true;
  }

  private void characterClass() {
    if (at(next) == '^') {
      next++;
    }
    int first = next;
    while (at(next) != ']') {
      char from = classMember();
      if (at(next) == '-' && at(next + 1) != ']') {
        next++;
        char to = classMember();
        if (from == 0 || to == 0 || from > to) {
          throw refused("a range that is none");
        }
      }
    }
    if (next == first) {
      throw refused("an empty character class");
    }
    next++;
    repeatable = true;
  }

  /** One member of a class: a character, or 0 for an escaped class of characters. */
  private char classMember() {
    char c = at(next++);
    if (c == '\\') {
      escape();
      char escaped = at(next - 1);
      return CLASS_ESCAPES.indexOf(escaped) < 0 ? escaped : 0;
    }
    if (!Character.isLetterOrDigit(c) && "-_.".indexOf(c) < 0) {
      throw refused(c == 0 ? "an open character class" : "'" + c + "' in a character class");
    }
    return c;
  }

  private void group() {
    if (pattern.startsWith("?:", next)) {
      next += 2;
    } else if (pattern.startsWith("?i:", next)) {
      next += 3;
    } else if (at(next) == '?') {
      throw refused("(?" + at(next + 1));
    }
    openGroups++;
    repeatable = false;
  }

  private void endOfGroup() {
    if (openGroups == 0) {
      throw refused("an unopened group's end");
    }
    openGroups--;
    repeatable = true;
  }

  private void braces() {
    int end = pattern.indexOf('}', next);
    String count = end < 0 ? "" : pattern.substring(next, end);
    if (!count.matches("\\d{1,3}(,\\d{0,3})?")) {
      throw refused("a brace that is no count");
    }
    int comma = count.indexOf(',');
    if (comma > 0
        && comma < count.length() - 1
        && Integer.parseInt(count.substring(comma + 1))
            < Integer.parseInt(count.substring(0, comma))) {
      throw refused("a count that runs backwards");
    }
    next = end + 1;
    quantifier("{" + count + "}");
  }

  private void quantifier(String found) {
    if (!repeatable) {
      throw refused("nothing before " + found);
    }
    if (at(next) == '?') {
      next++;
    }
    if ("*+?{".indexOf(at(next)) >= 0) {
      throw refused("a quantifier after " + found);
    }
    repeatable = false;
  }

  private char at(int index) {
    return index < pattern.length() ? pattern.charAt(index) : 0;
  }

  private RuntimeException refused(String found) {
    return malformed(
        "a regular expression that means the same in Python and Java", quote(found), at);
  }
}
