package io.medforge.plugin.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.plugin.MalformedPluginException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PatternRulesTest {

  /** Every answer that PEFT's get_pattern_key gave. */
  @Test
  void answersAsPeftDoes() {
    JsonNode rows = GoldenFolders.json(GoldenFolders.root().resolve("pattern_matches.json"));
    assertThat(rows.size()).isGreaterThan(100);
    for (JsonNode row : rows) {
      Map<String, String> values = new LinkedHashMap<>();
      row.get("keys").forEach(key -> values.put(key.textValue(), key.textValue()));
      String module = row.get("module").textValue();
      String expected = row.get("match").textValue();
      boolean known = row.get("matched").booleanValue() || values.containsKey(expected);
      assertThat(PatternRules.of(values, "test").valueFor(module, "none"))
          .as("%s", row)
          .isEqualTo(known ? expected : "none");
    }
  }

  @Test
  void theFirstPatternThatMatchesWins() {
    Map<String, Integer> values = new LinkedHashMap<>();
    values.put("fc1", 1);
    values.put("blocks.fc1", 2);
    assertThat(PatternRules.of(values, "test").valueFor("blocks.fc1", 0)).isEqualTo(1);
  }

  @Test
  void aPatternThatIsTheVeryNameCountsLast() {
    PatternRules<Integer> rules = PatternRules.of(Map.of("a(b)", 3), "test");
    assertThat(rules.valueFor("a(b)", 0)).isEqualTo(3);
    assertThat(rules.valueFor("ab", 0)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(?i)fc1",
        "(?=fc1)fc1",
        "(?<=x)fc1",
        "(?P<n>fc1)",
        "(a)\\1",
        "\\Qfc1\\E",
        "\\p{L}",
        "\\bfc1",
        "a++",
        "a*+",
        "a?+",
        "a{2}{3}",
        "a**",
        "{,2}",
        "a{,2}",
        "a{x}",
        "[[a]b]",
        "[a&&b]",
        "[]a]",
        "[a",
        "a\\",
        "*a",
        "|*",
        "^*",
        "(",
        ")",
        "a{9999}",
        "é",
        "a\nb",
        "a]",
        "a)|(b",
        "[b-a]",
        "[a-\\d]",
        "[\\d-a]",
        "a{3,1}",
        "[a-",
        "(a",
        "[",
        "a}"
      })
  void refusesWhatJavaCouldReadOtherwise(String pattern) {
    assertThatThrownBy(() -> PatternRules.of(Map.of(pattern, 1), "the file").valueFor("fc1", 0))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining("the file");
  }

  /** Each makes java.util.regex backtrack beyond any patience; Jazzer found the first. */
  @ParameterizedTest
  @ValueSource(strings = {"(a*)*", "(a|a|aa)*", "(a*a*)*", "(.*a){9}", "(a?){99}"})
  void answersInTimeLinearInTheName(String pattern) {
    PatternRules<Integer> rules = PatternRules.of(Map.of(pattern.repeat(60) + "b", 1), "test");
    assertThat(rules.valueFor("a".repeat(900), 0)).isZero();
    assertThat(rules.valueFor("a".repeat(900) + "b", 0)).isEqualTo(1);
  }

  @Test
  void refusesAFileWhosePatternsTakeTooMuchWorkInAll() {
    assertThatThrownBy(() -> PatternRules.of(Map.of("(((a{99}){99}){99}){99}", 1), "the file"))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContainingAll("steps", "the file");
    Map<String, Integer> many = new LinkedHashMap<>();
    for (int i = 0; i < 300; i++) {
      many.put("((a|b)*){300}" + i, 1);
    }
    PatternRules<Integer> rules = PatternRules.of(many, "the file");
    assertThatThrownBy(() -> rules.valueFor("ab".repeat(500), 0))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContainingAll("steps", "the file");
  }

  @Test
  void refusesGroupsThatNestTooDeep() {
    assertThatThrownBy(
            () -> PatternRules.of(Map.of("(".repeat(400) + "a" + ")".repeat(400), 1), "the file"))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining("groups");
  }

  @Test
  void refusesNamesItCannotMatchAsPythonWould() {
    PatternRules<Integer> rules = PatternRules.of(Map.of("fc1", 1), "the file");
    assertThatThrownBy(() -> rules.valueFor("fc\u0663", 0))
        .isInstanceOf(MalformedPluginException.class);
    assertThatThrownBy(() -> rules.valueFor("a".repeat(1001), 0))
        .isInstanceOf(MalformedPluginException.class);
    assertThat(PatternRules.of(Map.<String, Integer>of(), "the file").valueFor("fc\u0663", 7))
        .isEqualTo(7);
  }
}
