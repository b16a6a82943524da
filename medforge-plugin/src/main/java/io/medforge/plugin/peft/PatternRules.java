package io.medforge.plugin.peft;

import static io.medforge.plugin.peft.Refusal.malformed;
import static io.medforge.plugin.peft.Refusal.quote;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * PEFT's {@code rank_pattern} or {@code alpha_pattern}: values for the modules whose name matches a
 * pattern. The first pattern in the file's order that matches wins; the rule is PEFT's own (peft
 * 0.21.2, {@code utils/other.py}, {@code get_pattern_key}): {@code re.match(rf"(.*\.)?({key})$",
 * module)}, so a pattern matches a whole name or its end after a dot; if none does, a pattern that
 * is the very name counts.
 *
 * <p>Patterns are Python's regular expressions from an untrusted file. Those that Java could read
 * otherwise than Python are refused by name, and matching stops after a bounded number of steps.
 * Not safe for use by several threads.
 */
final class PatternRules<T> {
  private static final int MAX_CHARACTERS = 1000;
  // A name of ordinary length takes a few hundred steps per pattern.
  private static final long MAX_STEPS_PER_MATCH = 100_000;
  private static final long MAX_STEPS = 100_000_000;

  private final List<Rule<T>> rules;
  private final Map<String, T> byName;
  private final String at;
  private long steps;
  private long stepsBefore;

  private record Rule<T>(Pattern pattern, T value) {}

  private PatternRules(List<Rule<T>> rules, Map<String, T> byName, String at) {
    this.rules = rules;
    this.byName = byName;
    this.at = at;
  }

  /**
   * Rules from a file.
   *
   * @param valuesByPattern in the file's order
   * @param at where they stand, for messages
   * @throws io.medforge.plugin.MalformedPluginException if a pattern is not understood
   */
  static <T> PatternRules<T> of(Map<String, T> valuesByPattern, String at) {
    List<Rule<T>> rules = new ArrayList<>();
    valuesByPattern.forEach((key, value) -> rules.add(new Rule<>(compile(key, at), value)));
    return new PatternRules<>(List.copyOf(rules), Map.copyOf(valuesByPattern), at);
  }

  /**
   * The value of the first pattern that matches.
   *
   * @param module a module's name, without PEFT's prefix
   * @param otherwise the value if no pattern matches
   * @throws io.medforge.plugin.MalformedPluginException if the name cannot be matched as Python
   *     would, or matching takes too many steps
   */
  T valueFor(String module, T otherwise) {
    if (rules.isEmpty()) {
      return otherwise;
    }
    if (module.length() > MAX_CHARACTERS || !isAscii(module)) {
      throw malformed(
          "a module's name of at most "
              + MAX_CHARACTERS
              + " ASCII characters where there are patterns",
          quote(module),
          at);
    }
    CountedText text = new CountedText(module);
    for (Rule<T> rule : rules) {
      stepsBefore = steps;
      if (rule.pattern().matcher(text).lookingAt()) {
        return rule.value();
      }
    }
    return byName.getOrDefault(module, otherwise);
  }

  private static Pattern compile(String key, String at) {
    String place = at + ", pattern " + quote(key);
    if (key.length() > MAX_CHARACTERS || !isAscii(key)) {
      throw malformed(
          "a pattern of at most " + MAX_CHARACTERS + " ASCII characters", "another", place);
    }
    PythonSyntax.check(key, place);
    return Pattern.compile("(.*\\.)?(" + key + ")$", Pattern.UNIX_LINES);
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c >= ' ' && c < 0x7f);
  }

  /** Counts what the matcher looks at, so that no pattern can keep it busy for long. */
  private final class CountedText implements CharSequence {
    private final String text;

    CountedText(String text) {
      this.text = text;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      if (++steps > MAX_STEPS || steps - stepsBefore > MAX_STEPS_PER_MATCH) {
        throw malformed(
            "patterns that match within "
                + MAX_STEPS_PER_MATCH
                + " steps each and "
                + MAX_STEPS
                + " in all",
            "more at module " + quote(text),
            at);
      }
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
