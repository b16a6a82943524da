package io.medforge.plugin.peft;

import static io.medforge.plugin.peft.Refusal.malformed;
import static io.medforge.plugin.peft.Refusal.quote;

import io.medforge.plugin.MalformedPluginException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The part of Python's regular expressions that names of modules need, parsed: literals, {@code .},
 * {@code ^}, {@code $}, groups ({@code (?:)} and {@code (?i:)} too), alternation, classes, {@code
 * \d \w \D \W}, escaped punctuation, and greedy or lazy quantifiers, all over ASCII. The rest
 * (look-around, back-references, inline flags, possessive quantifiers) is refused by name.
 */
final class PythonRegex {
  /** Stands for "no upper bound" of a repetition. */
  static final int UNBOUNDED = Integer.MAX_VALUE;

  private static final int ASCII = 128;
  private static final int MAX_NESTING = 50;
  private static final String CLASS_ESCAPES = "dwDW";
  private static final char END = 0;

  /** A parsed expression. */
  sealed interface Node {}

  /** One character out of some. */
  record Characters(BitSet members) implements Node {}

  /** One after another. */
  record Sequence(List<Node> parts) implements Node {}

  /** Any one of several. */
  record Choice(List<Node> options) implements Node {}

  /** A number of times; greedy and lazy are the same to whether there is a match. */
  record Repetition(Node body, int least, int most) implements Node {}

  /** The start of the text, or its end. */
  record Anchor(boolean atStart) implements Node {}

  private final String pattern;
  private final String at;
  private int next;

  private PythonRegex(String pattern, String at) {
    this.pattern = pattern;
    this.at = at;
  }

  /**
   * Parses a pattern of printable ASCII characters.
   *
   * @param at where it stands, for messages
   * @throws MalformedPluginException if it is no such expression
   */
  static Node parse(String pattern, String at) {
    PythonRegex parser = new PythonRegex(pattern, at);
    Node node = parser.choice(false, 0);
    if (parser.next < pattern.length()) {
      throw parser.refused("the end of a group that was not opened");
    }
    return node;
  }

  /** A pattern that matches exactly this text. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ASCII && !Character.isLetterOrDigit(c) && c != '_') {
        escaped.append('\\');
      }
      escaped.append(c);
    }
    return escaped.toString();
  }

  private Node choice(boolean ignoreCase, int nesting) {
    if (nesting > MAX_NESTING) {
      throw refused("more than " + MAX_NESTING + " groups in each other");
    }
    List<Node> options = new ArrayList<>();
    options.add(sequence(ignoreCase, nesting));
    while (peek() == '|') {
      next++;
      options.add(sequence(ignoreCase, nesting));
    }
    return new Choice(List.copyOf(options));
  }

  private Node sequence(boolean ignoreCase, int nesting) {
    List<Node> parts = new ArrayList<>();
    while (peek() != END && peek() != '|' && peek() != ')') {
      char c = pattern.charAt(next++);
      if (c == '^' || c == '$') {
        parts.add(new Anchor(c == '^'));
        if ("*+?{".indexOf(peek()) >= 0 && peek() != END) {
          throw refused("a quantifier after " + c);
        }
      } else {
        parts.add(repeated(atom(c, ignoreCase, nesting)));
      }
    }
    return new Sequence(List.copyOf(parts));
  }

  private Node atom(char c, boolean ignoreCase, int nesting) {
    return switch (c) {
      case '\\' -> characters(escaped(), false, ignoreCase);
      case '[' -> characterClass(ignoreCase);
      case '(' -> group(ignoreCase, nesting);
      case '.' -> characters(new BitSet(), true, false);
      case '*', '+', '?', '{', ']', '}' -> throw refused("an unescaped " + c);
      default -> characters(only(c), false, ignoreCase);
    };
  }

  private Node group(boolean ignoreCase, int nesting) {
    boolean insensitive = ignoreCase;
    if (pattern.startsWith("?:", next)) {
      next += 2;
    } else if (pattern.startsWith("?i:", next)) {
      next += 3;
      insensitive = true;
    } else if (peek() == '?') {
      next++;
      throw refused("(?" + (peek() == END ? "" : peek()));
    }
    Node inner = choice(insensitive, nesting + 1);
    if (peek() != ')') {
      throw refused("an open group");
    }
    next++;
    return inner;
  }

  private Node repeated(Node body) {
    int least = peek() == '+' ? 1 : 0;
    int most = UNBOUNDED;
    switch (peek()) {
      case '*', '+' -> next++;
      case '?' -> {
        next++;
        most = 1;
      }
      case '{' -> {
        String[] counts = counts();
        least = Integer.parseInt(counts[0]);
        most = counts.length == 1 ? least : upperBound(counts[1]);
        if (most < least) {
          throw refused("a count that runs backwards");
        }
      }
      default -> {
        return body;
      }
    }
    if (peek() == '?') {
      next++;
    }
    if (peek() != END && "*+?{".indexOf(peek()) >= 0) {
      throw refused("a quantifier after another");
    }
    return new Repetition(body, least, most);
  }

  private String[] counts() {
    int end = pattern.indexOf('}', next);
    String counts = end < 0 ? "" : pattern.substring(next + 1, end);
    if (!counts.matches("\\d{1,3}(,\\d{0,3})?")) {
      throw refused("a brace that is no count");
    }
    next = end + 1;
    return counts.split(",", -1);
  }

  private static int upperBound(String count) {
    return count.isEmpty() ? UNBOUNDED : Integer.parseInt(count);
  }

  private Node characterClass(boolean ignoreCase) {
    boolean negated = peek() == '^';
    if (negated) {
      next++;
    }
    BitSet members = new BitSet();
    do {
      addMember(members);
    } while (peek() != ']');
    next++;
    return characters(members, negated, ignoreCase);
  }

  private void addMember(BitSet members) {
    BitSet low = member();
    boolean range = peek() == '-' && next + 1 < pattern.length() && pattern.charAt(next + 1) != ']';
    if (!range) {
      members.or(low);
      return;
    }
    next++;
    BitSet high = member();
    int from = low.nextSetBit(0);
    int to = high.nextSetBit(0);
    if (low.cardinality() != 1 || high.cardinality() != 1 || from > to) {
      throw refused("a range that is none");
    }
    members.set(from, to + 1);
  }

  private BitSet member() {
    char c = peek();
    next++;
    if (c == '\\') {
      return escaped();
    }
    if (!Character.isLetterOrDigit(c) && "-_.".indexOf(c) < 0) {
      throw refused(c == END ? "an open class" : "'" + c + "' in a class");
    }
    return only(c);
  }

  private BitSet escaped() {
    char c = peek();
    next++;
    if (c == END || (Character.isLetterOrDigit(c) && CLASS_ESCAPES.indexOf(c) < 0)) {
      throw refused(c == END ? "a lone backslash" : "\\" + c);
    }
    if (CLASS_ESCAPES.indexOf(c) < 0) {
      return only(c);
    }
    BitSet members = new BitSet();
    members.set('0', '9' + 1);
    if (c == 'w' || c == 'W') {
      members.set('a', 'z' + 1);
      members.set('A', 'Z' + 1);
      members.set('_');
    }
    if (Character.isUpperCase(c)) {
      members.flip(0, ASCII);
    }
    return members;
  }

  private static Node characters(BitSet members, boolean negated, boolean ignoreCase) {
    BitSet all = (BitSet) members.clone();
    if (ignoreCase) {
      members.stream()
          .filter(Character::isLetter)
          .forEach(
              c -> {
                all.set(Character.toLowerCase(c));
                all.set(Character.toUpperCase(c));
              });
    }
    if (negated) {
      all.flip(0, ASCII);
    }
    return new Characters(all);
  }

  private static BitSet only(char c) {
    BitSet members = new BitSet();
    members.set(c);
    return members;
  }

  private char peek() {
    return next < pattern.length() ? pattern.charAt(next) : END;
  }

  private MalformedPluginException refused(String found) {
    return malformed("a regular expression for names of modules", quote(found), at);
  }
}
