package io.medforge.plugin.peft;

import io.medforge.plugin.peft.PythonRegex.Anchor;
import io.medforge.plugin.peft.PythonRegex.Characters;
import io.medforge.plugin.peft.PythonRegex.Choice;
import io.medforge.plugin.peft.PythonRegex.Node;
import io.medforge.plugin.peft.PythonRegex.Repetition;
import io.medforge.plugin.peft.PythonRegex.Sequence;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Decides whether a regular expression matches a module's whole name or its end after a dot.
 *
 * <p>It follows all ways through the expression at once (Thompson, CACM 11(6), 1968), so its time
 * is the product of the expression's and the name's length, whatever the expression.
 * java.util.regex tries one way after another: on {@code (a*)*(a*)*b} it takes time exponential in
 * the expression, most of it at the text's end, where no wrapped {@link CharSequence} can count;
 * and it denies matches that Python finds ({@code (?:[a-c]+|^){2}[^a]} on {@code ac}).
 */
final class NameMatcher {
  /** A state of the machine. */
  private sealed interface State {}

  /** Takes one character out of some. */
  private record Consuming(BitSet members, int next) implements State {}

  /** Goes on at the start of the text only, or at its end only. */
  private record Asserting(boolean atStart, int next) implements State {}

  /** Goes on at once, every way; with none it is the end of a match. */
  private record Branching(List<Integer> next) implements State {}

  /** Refuses work beyond a bound. */
  @FunctionalInterface
  interface Budget {
    /** Spends one unit: a state built or visited. */
    void spend();
  }

  private static final int ACCEPT = 0;

  private final List<State> states = new ArrayList<>();
  private final Budget budget;
  private final int start;
  // Room for every state once; kept between calls, so one matcher serves one thread.
  private final int[] toFollow;

  /**
   * Builds the machine.
   *
   * @param budget asked for every state, now and when matching
   */
  NameMatcher(Node expression, Budget budget) {
    this.budget = budget;
    add(new Branching(List.of()));
    this.start = build(expression, ACCEPT);
    this.toFollow = new int[states.size()];
  }

  /** Whether the expression matches the name, or what follows one of its dots, to the end. */
  boolean matches(String name) {
    BitSet current = new BitSet(states.size());
    BitSet after = new BitSet(states.size());
    for (int position = 0; ; position++) {
      budget.spend();
      if (position == 0 || name.charAt(position - 1) == '.') {
        follow(start, position, name.length(), current);
      }
      if (position == name.length()) {
        return current.get(ACCEPT);
      }
      after.clear();
      for (int i = current.nextSetBit(0); i >= 0; i = current.nextSetBit(i + 1)) {
        if (states.get(i) instanceof Consuming state
            && state.members().get(name.charAt(position))) {
          follow(state.next(), position + 1, name.length(), after);
        }
      }
      BitSet spare = current;
      current = after;
      after = spare;
    }
  }

  /** Adds a state and those that are reached from it without a character. */
  private void follow(int from, int position, int length, BitSet reached) {
    int open = reach(from, 0, reached);
    while (open > 0) {
      State state = states.get(toFollow[--open]);
      if (state instanceof Branching branch) {
        for (int next : branch.next()) {
          open = reach(next, open, reached);
        }
      } else if (state instanceof Asserting assertion
          && position == (assertion.atStart() ? 0 : length)) {
        open = reach(assertion.next(), open, reached);
      }
    }
  }

  /** Notes a state to follow, once; gives how many are noted. */
  private int reach(int state, int open, BitSet reached) {
    if (reached.get(state)) {
      return open;
    }
    budget.spend();
    reached.set(state);
    toFollow[open] = state;
    return open + 1;
  }

  /** Builds a node whose matches go on to a state; gives the state where they begin. */
  private int build(Node node, int next) {
    if (node instanceof Characters characters) {
      return add(new Consuming(characters.members(), next));
    }
    if (node instanceof Anchor anchor) {
      return add(new Asserting(anchor.atStart(), next));
    }
    if (node instanceof Choice choice) {
      List<Integer> options = new ArrayList<>();
      for (Node option : choice.options()) {
        options.add(build(option, next));
      }
      return add(new Branching(List.copyOf(options)));
    }
    if (node instanceof Sequence sequence) {
      int entry = next;
      for (int i = sequence.parts().size() - 1; i >= 0; i--) {
        entry = build(sequence.parts().get(i), entry);
      }
      return entry;
    }
    return buildRepetition((Repetition) node, next);
  }

  private int buildRepetition(Repetition repetition, int next) {
    int entry = next;
    if (repetition.most() == PythonRegex.UNBOUNDED) {
      entry = add(new Branching(List.of(next)));
      int body = build(repetition.body(), entry);
      states.set(entry, new Branching(List.of(body, next)));
    } else {
      for (int i = repetition.least(); i < repetition.most(); i++) {
        entry = add(new Branching(List.of(build(repetition.body(), entry), next)));
      }
    }
    for (int i = 0; i < repetition.least(); i++) {
      entry = build(repetition.body(), entry);
    }
    return entry;
  }

  private int add(State state) {
    budget.spend();
    states.add(state);
    return states.size() - 1;
  }
}
