package io.medforge.plugin.audit;

import io.medforge.plugin.privacy.PrivacyLoss;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Judges an attack that tells members from strangers.
 *
 * <p>It fails where an interval lies wholly beyond a limit: the AUC's, or that of the members found
 * at a threshold whose false positive rate is within the limit with its upper bound; or where the
 * attack refutes the epsilon claimed. It passes where both intervals lie wholly within, which takes
 * enough strangers to bound the false positive rate at all. Everything else is inconclusive.
 */
final class MembershipVerdict {
  private static final double[] REPORTED_RATES = {0.001, 0.01, 0.1};

  private final String attack;
  private final AuditLimits limits;
  private final @Nullable PrivacyLoss guarantee;
  private final StepRoc steps;
  private final Estimate auc;
  private final double epsilon;

  private MembershipVerdict(
      String attack, MembershipScores scores, AuditLimits limits, @Nullable PrivacyLoss guarantee) {
    this.attack = attack;
    this.limits = limits;
    this.guarantee = guarantee;
    this.steps = StepRoc.of(scores);
    this.auc = AreaUnderCurve.of(scores);
    this.epsilon = EmpiricalEpsilon.lowerBound(steps, guarantee == null ? 0 : guarantee.delta());
  }

  static AttackResult judge(
      String attack, MembershipScores scores, AuditLimits limits, @Nullable PrivacyLoss guarantee) {
    return new MembershipVerdict(attack, scores, limits, guarantee).result();
  }

  private AttackResult result() {
    String failure = failure();
    String doubt = failure == null ? doubt() : null;
    Verdict verdict =
        failure != null ? Verdict.FAIL : doubt != null ? Verdict.INCONCLUSIVE : Verdict.PASS;
    String reason =
        failure != null
            ? failure
            : doubt != null
                ? doubt
                : "AUC at most "
                    + AttackResult.text(auc.upper())
                    + " and at most "
                    + AttackResult.text(foundAtLimit().upper())
                    + " of members found at a false positive rate of "
                    + AttackResult.text(limits.falsePositiveRate());
    return new AttackResult(attack, verdict, reason, figures(), Optional.of(Roc.of(steps)));
  }

  private @Nullable String failure() {
    if (guarantee != null && epsilon > guarantee.epsilon()) {
      return "the attack shows an epsilon of at least "
          + AttackResult.text(epsilon)
          + ", above the "
          + AttackResult.text(guarantee.epsilon())
          + " claimed";
    }
    if (auc.lower() > limits.auc()) {
      return "AUC at least "
          + AttackResult.text(auc.lower())
          + ", above the limit of "
          + AttackResult.text(limits.auc());
    }
    double found = foundForCertain();
    if (found > limits.truePositiveRate()) {
      return "at least "
          + AttackResult.text(found)
          + " of members found at a false positive rate of "
          + AttackResult.text(limits.falsePositiveRate())
          + ", above the limit of "
          + AttackResult.text(limits.truePositiveRate());
    }
    return null;
  }

  private @Nullable String doubt() {
    if (auc.upper() > limits.auc()) {
      return "too few patients: AUC may be as high as "
          + AttackResult.text(auc.upper())
          + ", above the limit of "
          + AttackResult.text(limits.auc());
    }
    double least = BinomialInterval.upper(0, steps.strangers());
    if (least > limits.falsePositiveRate()) {
      return "too few strangers: "
          + steps.strangers()
          + " bound a false positive rate to "
          + AttackResult.text(least)
          + " at best, above the "
          + AttackResult.text(limits.falsePositiveRate())
          + " in question";
    }
    if (foundAtLimit().upper() > limits.truePositiveRate()) {
      return "too few patients: "
          + AttackResult.text(foundAtLimit().upper())
          + " of members may be found at a false positive rate of "
          + AttackResult.text(limits.falsePositiveRate())
          + ", above the limit of "
          + AttackResult.text(limits.truePositiveRate());
    }
    return null;
  }

  private Estimate foundAtLimit() {
    return foundAt(limits.falsePositiveRate());
  }

  private Estimate foundAt(double rate) {
    return BinomialInterval.of(steps.truePositives(steps.pointAt(rate)), steps.members());
  }

  /** The lower limit of the members found, where the strangers flagged are bounded by the limit. */
  private double foundForCertain() {
    int most = 0;
    for (int point = 1; point < steps.points(); point++) {
      int flagged = steps.falsePositives(point);
      if (flagged > limits.falsePositiveRate() * steps.strangers()
          || BinomialInterval.upper(flagged, steps.strangers()) > limits.falsePositiveRate()) {
        break;
      }
      most = steps.truePositives(point);
    }
    return BinomialInterval.lower(most, steps.members());
  }

  private SortedMap<String, Estimate> figures() {
    SortedMap<String, Estimate> figures = new TreeMap<>();
    figures.put("auc", auc);
    figures.put("advantage", Estimate.exactly(steps.advantage()));
    figures.put("epsilon-lower-bound", Estimate.exactly(epsilon));
    for (double rate : REPORTED_RATES) {
      // A rate that so few strangers cannot bound gets no number at all.
      if (BinomialInterval.upper(0, steps.strangers()) <= rate) {
        figures.put("tpr-at-fpr-" + AttackResult.text(rate), foundAt(rate));
      }
    }
    return figures;
  }
}
