package io.medforge.forge.admission;

import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.plugin.BaseModel;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The declared envelope within which merges are routine (as the FDA's predetermined change control
 * plans describe): which strategies and bases, and which accuracy every task keeps. A merge outside
 * waits in quarantine for people. Thread-safe.
 *
 * @param <R> what the main branch merges into
 */
public final class EnvelopeCheck<R> implements CandidateCheck<R> {
  private final SortedSet<String> strategies;
  private final List<BaseModel> bases;
  private final double floor;
  private final Optional<RememberedAnswers<R>> answers;

  private EnvelopeCheck(
      Collection<String> strategies,
      Collection<BaseModel> bases,
      double floor,
      Optional<RememberedAnswers<R>> answers) {
    this.strategies = new TreeSet<>(strategies);
    this.bases = List.copyOf(bases);
    this.floor = floor;
    this.answers = answers;
  }

  /**
   * An envelope of strategies and bases.
   *
   * @param <R> what the main branch merges into
   * @param strategies names as merge records state them, for example {@code fusion.average}
   * @param bases base models
   * @return the check
   */
  public static <R> EnvelopeCheck<R> of(
      Collection<String> strategies, Collection<BaseModel> bases) {
    return new EnvelopeCheck<>(strategies, bases, 0, Optional.empty());
  }

  /**
   * This envelope, with an accuracy that the new item keeps on every task, the newcomer's included.
   *
   * @param accuracy 0 to 1
   * @param asked asks a merged model
   * @return a new check
   * @throws IllegalArgumentException if outside
   */
  public EnvelopeCheck<R> withFloor(double accuracy, ItemAnswers<R> asked) {
    if (!(accuracy >= 0 && accuracy <= 1)) {
      throw new IllegalArgumentException("expected an accuracy of 0 to 1, found " + accuracy);
    }
    return new EnvelopeCheck<>(
        strategies, bases, accuracy, Optional.of(new RememberedAnswers<>(asked)));
  }

  @Override
  public List<Finding> examine(Candidate<R> candidate) {
    List<Finding> findings = new ArrayList<>();
    Contribution offered = candidate.offer().contribution();
    String where = ", at plugin " + offered.module().id();
    String strategy = candidate.after().record().strategy();
    if (!strategies.contains(strategy)) {
      findings.add(
          draft()
              .quarantine("expected a strategy of " + strategies + ", found " + strategy + where));
    }
    BaseModel base = offered.module().base();
    if (bases.stream().noneMatch(base::matches)) {
      findings.add(draft().quarantine("expected a base of " + bases + ", found " + base + where));
    }
    if (answers.isPresent()) {
      List<Contribution> all = new ArrayList<>(candidate.offer().admitted());
      all.add(offered);
      for (Contribution each : all) {
        double accuracy = accuracy(candidate, answers.get(), each.distilled());
        if (!(accuracy >= floor)) {
          findings.add(
              draft()
                  .number("accuracy", accuracy)
                  .number("floor", floor)
                  .quarantine(
                      "expected an accuracy of at least "
                          + floor
                          + " on task "
                          + each.module().id()
                          + ", found "
                          + accuracy
                          + where));
        }
      }
    }
    return findings;
  }

  private static FindingDraft draft() {
    return new FindingDraft("envelope");
  }

  private static <R> double accuracy(
      Candidate<R> candidate, RememberedAnswers<R> answers, DistilledSet set) {
    Outputs outputs = answers.answer(Optional.of(candidate.after()), set);
    int right = 0;
    for (int row = 0; row < set.size(); row++) {
      right += PredictedClass.of(outputs, row) == set.classOf(row) ? 1 : 0;
    }
    return (double) right / set.size();
  }
}
