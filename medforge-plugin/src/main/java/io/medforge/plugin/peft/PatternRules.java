package io.medforge.plugin.peft;

import static io.medforge.plugin.peft.Refusal.malformed;
import static io.medforge.plugin.peft.Refusal.quote;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * PEFT's {@code rank_pattern} or {@code alpha_pattern}: values for the modules whose name matches a
 * pattern. The first pattern in the file's order that matches wins; the rule is PEFT's own (peft
 * 0.21.2, {@code utils/other.py}, {@code get_pattern_key}): {@code re.match(rf"(.*\.)?({key})$",
 * module)}, so a pattern matches a whole name or its end after a dot; if none does, a pattern that
 * is the very name counts.
 *
 * <p>Patterns come from an untrusted file: those beyond {@link PythonRegex} are refused by name,
 * and so is a file whose patterns take too much work in all. Not safe for use by several threads.
 */
final class PatternRules<T> {
  private static final int MAX_CHARACTERS = 1000;
  private static final int MAX_STATES = 1_000_000;
  // A name of ordinary length takes about a hundred steps per pattern.
  private static final long MAX_STEPS = 100_000_000;

  private final List<Rule<T>> rules;
  private final Map<String, T> byName;
  private final String at;

  private record Rule<T>(NameMatcher matcher, T value) {}

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
    Work work = new Work(at);
    List<Rule<T>> rules = new ArrayList<>();
    valuesByPattern.forEach(
        (key, value) -> {
          String place = at + ", pattern " + quote(key);
          if (key.length() > MAX_CHARACTERS || !isAscii(key)) {
            throw malformed(
                "a pattern of at most " + MAX_CHARACTERS + " ASCII characters", "another", place);
          }
          rules.add(new Rule<>(new NameMatcher(PythonRegex.parse(key, place), work), value));
        });
    work.beginMatching();
    return new PatternRules<>(List.copyOf(rules), Map.copyOf(valuesByPattern), at);
  }

  /**
   * The value of the first pattern that matches.
   *
   * @param module a module's name, without PEFT's prefix
   * @param otherwise the value if no pattern matches
   * @throws io.medforge.plugin.MalformedPluginException if the name cannot be matched as Python
   *     would, or matching takes too much work
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
    for (Rule<T> rule : rules) {
      if (rule.matcher().matches(module)) {
        return rule.value();
      }
    }
    return byName.getOrDefault(module, otherwise);
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c >= ' ' && c < 0x7f);
  }

  /** What all patterns of a file may cost: states first, then steps of matching. */
  private static final class Work implements NameMatcher.Budget {
    private final String at;
    private long limit = MAX_STATES;
    private long spent;

    Work(String at) {
      this.at = at;
    }

    void beginMatching() {
      limit = MAX_STEPS;
      spent = 0;
    }

    @Override
    public void spend() {
      if (++spent > limit) {
        throw malformed("patterns of at most " + limit + " steps in all", "more", at);
      }
    }
  }
}
