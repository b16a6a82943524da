package io.medforge.forge.admission;

import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.merge.Merged;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Holds a contribution that changes too many of the item's predictions on tasks that are not its
 * own: the share of examples of an admitted distilled set on which the item with it and the one
 * without it (leave one out) predict different classes. Labels do not enter, so it also sees
 * changes that happen to cost no accuracy. Thread-safe; remembers answers.
 *
 * @param <R> what the main branch merges into
 */
public final class DisagreementCheck<R> implements CandidateCheck<R> {
  private final RememberedAnswers<R> answers;
  private final double most;

  private DisagreementCheck(ItemAnswers<R> answers, double most) {
    if (!(most >= 0 && most <= 1)) {
      throw new IllegalArgumentException("expected a share of 0 to 1, found " + most);
    }
    this.answers = new RememberedAnswers<>(answers);
    this.most = most;
  }

  /**
   * A check that holds what changes more than a share of predictions.
   *
   * @param <R> what the main branch merges into
   * @param answers asks a merged model
   * @param share of a task's examples, 0 to 1
   * @return the check
   * @throws IllegalArgumentException if outside
   */
  public static <R> DisagreementCheck<R> above(ItemAnswers<R> answers, double share) {
    return new DisagreementCheck<>(answers, share);
  }

  @Override
  public List<Finding> examine(Candidate<R> candidate) {
    List<Finding> findings = new ArrayList<>();
    for (Contribution admitted : candidate.offer().admitted()) {
      double share = disagreement(candidate, admitted.distilled());
      if (share > most) {
        findings.add(
            new FindingDraft("disagreement")
                .number("share", share)
                .number("most", most)
                .number("examples", admitted.distilled().size())
                .quarantine(
                    "expected at most "
                        + most
                        + " of predictions on task "
                        + admitted.module().id()
                        + " to change, found "
                        + share
                        + ", at plugin "
                        + candidate.offer().contribution().module().id()));
      }
    }
    return findings;
  }

  private double disagreement(Candidate<R> candidate, DistilledSet set) {
    Optional<Merged<R>> with = Optional.of(candidate.after());
    Outputs before = answers.answer(candidate.before(), set);
    Outputs after = answers.answer(with, set);
    int changed = 0;
    for (int row = 0; row < set.size(); row++) {
      changed += PredictedClass.of(before, row) != PredictedClass.of(after, row) ? 1 : 0;
    }
    return (double) changed / set.size();
  }
}
