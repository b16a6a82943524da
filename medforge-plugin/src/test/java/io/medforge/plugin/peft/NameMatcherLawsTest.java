package io.medforge.plugin.peft;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.plugin.peft.PythonRegex.Anchor;
import io.medforge.plugin.peft.PythonRegex.Characters;
import io.medforge.plugin.peft.PythonRegex.Choice;
import io.medforge.plugin.peft.PythonRegex.Node;
import io.medforge.plugin.peft.PythonRegex.Repetition;
import io.medforge.plugin.peft.PythonRegex.Sequence;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The matcher against Python's own answers, and (law 8) against the definition of a match. */
class NameMatcherLawsTest {
  private static final String[] ATOMS = {
    "a", "b", "fc1", "\\.", ".", "[ab]", "[^a]", "[a-c0]", "\\d", "\\w", "\\W", "[\\d_]", "\\-"
  };
  private static final String[] QUANTIFIERS = {
    "", "", "", "*", "+", "?", "*?", "{2}", "{0,2}", "{1,}"
  };
  private static final String[] PARTS = {"a", "b", "c", ".", "fc1", "0", "_", "-", "A"};

  private static boolean matches(String pattern, String name) {
    return new NameMatcher(PythonRegex.parse(pattern, "test"), () -> {}).matches(name);
  }

  @Example
  void answersAsPythonDoes() {
    JsonNode rows = GoldenFolders.json(GoldenFolders.resource("patterns/python-3.11.json"));
    assertThat(rows.size()).isGreaterThan(2000);
    for (JsonNode row : rows) {
      assertThat(matches(row.get(0).textValue(), row.get(1).textValue()))
          .as("%s", row)
          .isEqualTo(row.get(2).booleanValue());
    }
  }

  @Property(tries = 3000)
  void answersAsTheDefinitionDoes(@ForAll long seed) {
    Random random = new Random(seed);
    String pattern = choice(random, 3);
    Node node = PythonRegex.parse(pattern, "test");
    for (int i = 0; i < 5; i++) {
      String name = name(random);
      boolean expected = false;
      for (int start = 0; start <= name.length(); start++) {
        boolean mayStart = start == 0 || name.charAt(start - 1) == '.';
        expected |= mayStart && ends(node, name, start).contains(name.length());
      }
      assertThat(matches(pattern, name)).as("%s on %s", pattern, name).isEqualTo(expected);
    }
  }

  /** Where the matches of an expression end that begin at a place. */
  private static SortedSet<Integer> ends(Node node, String text, int start) {
    SortedSet<Integer> ends = new TreeSet<>();
    if (node instanceof Characters characters) {
      if (start < text.length() && characters.members().get(text.charAt(start))) {
        ends.add(start + 1);
      }
    } else if (node instanceof Anchor anchor) {
      if (start == (anchor.atStart() ? 0 : text.length())) {
        ends.add(start);
      }
    } else if (node instanceof Choice choice) {
      choice.options().forEach(option -> ends.addAll(ends(option, text, start)));
    } else if (node instanceof Sequence sequence) {
      ends.add(start);
      for (Node part : sequence.parts()) {
        SortedSet<Integer> after = endsFromAll(part, text, ends);
        ends.clear();
        ends.addAll(after);
      }
    } else if (node instanceof Repetition repetition) {
      SortedSet<Integer> round = new TreeSet<>();
      round.add(start);
      // After as many rounds as there are places, no round reaches a new one.
      int rounds = Math.min(repetition.most(), repetition.least() + text.length() + 1);
      for (int i = 0; i <= rounds; i++) {
        if (i >= repetition.least()) {
          ends.addAll(round);
        }
        round = endsFromAll(repetition.body(), text, round);
      }
    }
    return ends;
  }

  private static SortedSet<Integer> endsFromAll(Node node, String text, SortedSet<Integer> starts) {
    SortedSet<Integer> ends = new TreeSet<>();
    starts.forEach(start -> ends.addAll(ends(node, text, start)));
    return ends;
  }

  private static String name(Random random) {
    StringBuilder name = new StringBuilder();
    for (int i = random.nextInt(6); i >= 0; i--) {
      name.append(PARTS[random.nextInt(PARTS.length)]);
    }
    return name.toString();
  }

  private static String choice(Random random, int depth) {
    StringBuilder pattern = new StringBuilder(sequence(random, depth));
    while (random.nextInt(4) == 0) {
      pattern.append('|').append(sequence(random, depth));
    }
    return pattern.toString();
  }

  private static String sequence(Random random, int depth) {
    StringBuilder pattern = new StringBuilder();
    for (int i = random.nextInt(4); i > 0; i--) {
      if (random.nextInt(12) == 0) {
        pattern.append(random.nextBoolean() ? '^' : '$');
      } else if (depth > 0 && random.nextInt(3) == 0) {
        String group = random.nextInt(3) == 0 ? "(?i:" : random.nextBoolean() ? "(?:" : "(";
        pattern.append(group).append(choice(random, depth - 1)).append(')');
        pattern.append(QUANTIFIERS[random.nextInt(QUANTIFIERS.length)]);
      } else {
        String atom = ATOMS[random.nextInt(ATOMS.length)];
        pattern.append(atom).append(QUANTIFIERS[random.nextInt(QUANTIFIERS.length)]);
      }
    }
    return pattern.toString();
  }
}
