package io.medforge.forge.admission;

import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.merge.Merged;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * No forgetting: on the distilled set of every admitted contribution, and on hold-outs of the
 * maintainer, the new item is not worse than the old by more than delta. Judged per task by the
 * confidence bounds of a {@link PairedTest} on the same examples; the worst task counts, and no
 * other task's gain buys it off.
 *
 * <ul>
 *   <li>Worsening bounded by delta from above on every task: passed.
 *   <li>Worse by more than delta even by the bound from below on some task: refused.
 *   <li>Otherwise the examples cannot tell: quarantined. A task with too few examples never passes.
 * </ul>
 *
 * <p><b>Many tasks.</b> Passing needs every task's bound at level alpha: an intersection-union test
 * (Berger, 1982), which keeps alpha without a correction, since the worst task alone decides.
 * Refusing needs one task only, so its bounds are corrected for the number of tasks by Holm's
 * step-down method (1979).
 *
 * <p><b>Many tries.</b> A centre's t-th try since its last admission is judged at {@code alpha * 6
 * / (pi^2 t^2)}; over all tries these sum to alpha, so trying again and again does not get through
 * by chance.
 *
 * <p>Thread-safe; remembers answers.
 *
 * @param <R> what the main branch merges into
 */
public final class NoForgettingCheck<R> implements CandidateCheck<R> {
  private static final String NAME = "no forgetting";

  private final RememberedAnswers<R> answers;
  private final PairedTest test;
  private final double delta;
  private final double alpha;
  private final SortedMap<String, DistilledSet> holdOuts;

  private NoForgettingCheck(Builder<R> builder) {
    this.answers = new RememberedAnswers<>(builder.answers);
    this.test = builder.test.orElseGet(PairedTest::exact);
    this.delta = builder.delta.orElse(0.05);
    this.alpha = builder.alpha.orElse(0.05);
    this.holdOuts = new TreeMap<>(builder.holdOuts);
  }

  /**
   * Starts a check.
   *
   * @param <R> what the main branch merges into
   * @param answers asks a merged model
   * @return a builder
   */
  public static <R> Builder<R> of(ItemAnswers<R> answers) {
    return new Builder<>(answers);
  }

  @SuppressWarnings("ArrayRecordComponent") // Nobody compares these.
  private record Task(String name, double[] worsening) {
    double mean() {
      double sum = 0;
      for (double each : worsening) {
        sum += each;
      }
      return sum / worsening.length;
    }
  }

  @Override
  public List<Finding> examine(Candidate<R> candidate) {
    List<Task> tasks = tasks(candidate);
    if (tasks.isEmpty()) {
      return List.of();
    }
    int tries = candidate.offer().failedTries() + 1;
    double level = alpha * 6 / (Math.PI * Math.PI * tries * tries);
    List<Task> worse = significantlyWorse(tasks, level);
    List<Finding> findings = new ArrayList<>();
    Task worst = tasks.get(0);
    double worstBound = Double.NEGATIVE_INFINITY;
    for (Task task : tasks) {
      PairedTest.Bounds bounds = test.bounds(task.worsening(), level);
      FindingDraft draft = draft(task, bounds, level, tasks.size(), tries);
      if (worse.contains(task)) {
        findings.add(draft.refuse(message(task, "is certainly more", candidate)));
      } else if (!(bounds.upper() <= delta)) {
        findings.add(draft.quarantine(message(task, "may be more", candidate)));
      }
      if (bounds.upper() > worstBound) {
        worstBound = bounds.upper();
        worst = task;
      }
    }
    if (findings.isEmpty()) {
      PairedTest.Bounds bounds = test.bounds(worst.worsening(), level);
      findings.add(
          draft(worst, bounds, level, tasks.size(), tries)
              .note(message(worst, "is not more, on the worst task", candidate)));
    }
    return findings;
  }

  private List<Task> tasks(Candidate<R> candidate) {
    SortedMap<String, DistilledSet> sets = new TreeMap<>();
    holdOuts.forEach((name, set) -> sets.put("hold-out " + name, set));
    for (Contribution admitted : candidate.offer().admitted()) {
      sets.put(admitted.module().id().toString(), admitted.distilled());
    }
    List<Task> tasks = new ArrayList<>();
    for (Map.Entry<String, DistilledSet> entry : sets.entrySet()) {
      DistilledSet set = entry.getValue();
      double[] before = scores(candidate.before(), set);
      double[] after = scores(Optional.of(candidate.after()), set);
      double[] worsening = new double[before.length];
      for (int i = 0; i < before.length; i++) {
        worsening[i] = before[i] - after[i];
      }
      tasks.add(new Task(entry.getKey(), worsening));
    }
    return tasks;
  }

  private double[] scores(Optional<Merged<R>> model, DistilledSet set) {
    Outputs outputs = answers.answer(model, set);
    if (outputs.size() != set.size() || outputs.classes() != set.labels().size()) {
      throw new IllegalArgumentException(
          "expected answers ["
              + set.size()
              + ", "
              + set.labels().size()
              + "], found ["
              + outputs.size()
              + ", "
              + outputs.classes()
              + "], at label space "
              + set.labels().name());
    }
    double[] scores = new double[set.size()];
    for (int row = 0; row < scores.length; row++) {
      scores[row] = test.score(outputs, row, set.classOf(row));
    }
    return scores;
  }

  /** Holm: each task found makes the next one's level wider. */
  private List<Task> significantlyWorse(List<Task> tasks, double level) {
    List<Task> worse = new ArrayList<>();
    for (boolean found = true; found && worse.size() < tasks.size(); ) {
      double corrected = level / (tasks.size() - worse.size());
      found = false;
      for (Task task : tasks) {
        if (!worse.contains(task) && test.bounds(task.worsening(), corrected).lower() > delta) {
          worse.add(task);
          found = true;
          break;
        }
      }
    }
    return worse;
  }

  private FindingDraft draft(
      Task task, PairedTest.Bounds bounds, double level, int tasks, int tries) {
    return new FindingDraft(NAME)
        .number("examples", task.worsening().length)
        .number("worsening", task.mean())
        .number("lower bound", bounds.lower())
        .number("upper bound", bounds.upper())
        .number("delta", delta)
        .number("alpha of this try", level)
        .number("tasks", tasks)
        .number("try", tries);
  }

  private String message(Task task, String found, Candidate<R> candidate) {
    return String.format(
        Locale.ROOT,
        "expected task %s worse by at most %s, found %.4f over %d examples, which %s by the %s, at"
            + " plugin %s",
        task.name(),
        delta,
        task.mean(),
        task.worsening().length,
        found,
        test.description(),
        candidate.offer().contribution().module().id());
  }

  /**
   * Settings; each may be set once. Not thread-safe.
   *
   * @param <R> what the main branch merges into
   */
  public static final class Builder<R> {
    private final ItemAnswers<R> answers;
    private final SortedMap<String, DistilledSet> holdOuts = new TreeMap<>();
    private Optional<PairedTest> test = Optional.empty();
    private Optional<Double> delta = Optional.empty();
    private Optional<Double> alpha = Optional.empty();

    private Builder(ItemAnswers<R> answers) {
      this.answers = answers;
    }

    /**
     * How examples are scored and compared; {@link PairedTest#exact()} if not set.
     *
     * @param chosen the test
     * @return this
     * @throws IllegalStateException if set before
     */
    public Builder<R> test(PairedTest chosen) {
      if (test.isPresent()) {
        throw new IllegalStateException("test was already set to " + test.get().description());
      }
      test = Optional.of(chosen);
      return this;
    }

    /**
     * How much worse a task may become; 0.05 if not set.
     *
     * @param most 0 to 1, in the unit of the test's score
     * @return this
     * @throws IllegalArgumentException if outside
     * @throws IllegalStateException if set before
     */
    public Builder<R> delta(double most) {
      if (!(most >= 0 && most <= 1)) {
        throw new IllegalArgumentException("expected a delta of 0 to 1, found " + most);
      }
      delta = once("delta", delta, most);
      return this;
    }

    /**
     * The error probability over all tries between two admissions; 0.05 if not set.
     *
     * @param error between 0 and 1
     * @return this
     * @throws IllegalArgumentException if outside
     * @throws IllegalStateException if set before
     */
    public Builder<R> alpha(double error) {
      if (!(error > 0 && error < 1)) {
        throw new IllegalArgumentException("expected an alpha between 0 and 1, found " + error);
      }
      alpha = once("alpha", alpha, error);
      return this;
    }

    /**
     * Adds a labelled set that the maintainer keeps; contributors do not see it.
     *
     * @param name for the findings
     * @param set the examples
     * @return this
     * @throws IllegalStateException if the name was used before
     */
    public Builder<R> holdOut(String name, DistilledSet set) {
      if (holdOuts.put(name, set) != null) {
        throw new IllegalStateException("hold-out " + name + " was already added");
      }
      return this;
    }

    /**
     * Ends the settings.
     *
     * @return the check
     */
    public NoForgettingCheck<R> build() {
      return new NoForgettingCheck<>(this);
    }

    private static Optional<Double> once(String setting, Optional<Double> before, double now) {
      if (before.isPresent()) {
        throw new IllegalStateException(setting + " was already set to " + before.get());
      }
      return Optional.of(now);
    }
  }
}
