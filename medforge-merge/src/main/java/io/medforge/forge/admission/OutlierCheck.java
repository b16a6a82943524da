package io.medforge.forge.admission;

import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.merge.PluginSet;
import io.medforge.merge.alignment.CohortCosines;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Holds a module whose change points or measures unlike the cohort's: its mean cosine with the
 * admitted ones lies far below theirs with each other, or its norm's logarithm far from theirs. Far
 * is counted in robust deviations (median and median absolute deviation), each at least as wide as
 * a floor, since a cohort of near-orthogonal tasks hardly varies at all.
 *
 * <p>It never refuses: the outlier may be the only children's hospital. With fewer than three
 * admitted there is no cohort and it says so. Thread-safe; remembers the norms. An offer costs at
 * most about as much as merging everything ({@link CohortCosines}).
 */
public final class OutlierCheck implements AdmissionCheck {
  private static final int COHORT = 3;
  private static final double COSINE_FLOOR = 0.05;
  private static final double LOG_NORM_FLOOR = 0.25;

  private final double most;
  private final MeasuredModules<ModuleNorm> norms = new MeasuredModules<>(ModuleNorm::of);

  private OutlierCheck(double most) {
    if (!(most > 0)) {
      throw new IllegalArgumentException("expected deviations above 0, found " + most);
    }
    this.most = most;
  }

  /**
   * A check that holds what lies far from the cohort.
   *
   * @param deviations how far is too far, for example 4
   * @return the check
   * @throws IllegalArgumentException if not above 0
   */
  public static OutlierCheck beyond(double deviations) {
    return new OutlierCheck(deviations);
  }

  @Override
  public List<Finding> examine(Contribution offered, List<Contribution> admitted) {
    FindingDraft draft = new FindingDraft("outlier").number("cohort", admitted.size());
    if (admitted.size() < COHORT) {
      return List.of(
          draft.note(
              "expected a cohort of "
                  + COHORT
                  + " to compare with, found "
                  + admitted.size()
                  + ", at plugin "
                  + offered.module().id()));
    }
    List<Finding> findings = new ArrayList<>(2);
    double below = cosineDeviations(offered, admitted, draft);
    double away = normDeviations(offered, admitted, draft);
    draft.number("most deviations", most);
    if (below > most) {
      findings.add(draft.quarantine(message("direction", below, offered)));
    }
    if (away > most) {
      findings.add(draft.quarantine(message("size", away, offered)));
    }
    return findings;
  }

  private String message(String what, double found, Contribution offered) {
    return "expected a "
        + what
        + " within "
        + most
        + " robust deviations of the cohort's, found "
        + found
        + ", at plugin "
        + offered.module().id();
  }

  /** How far the newcomer's mean cosine lies below the cohort's. */
  private double cosineDeviations(
      Contribution offered, List<Contribution> admitted, FindingDraft draft) {
    List<PluginModule> modules = admitted.stream().map(Contribution::module).toList();
    CohortCosines cosines =
        CohortCosines.of(
            PluginSet.allowingMissingLayers(modules),
            offered.module(),
            module -> norms.of(module).changes());
    double[] cohort = IntStream.range(0, cosines.size()).mapToDouble(cosines::ofCohort).toArray();
    double found = cosines.ofNewcomer();
    RobustScale scale = RobustScale.of(cohort);
    double below = -scale.above(found, COSINE_FLOOR);
    draft.number("mean cosine", found).number("cohort's mean cosine", scale.median());
    draft.number("direction's deviations", below);
    return below;
  }

  /** How far the newcomer's norm lies from the cohort's, up or down. */
  private double normDeviations(
      Contribution offered, List<Contribution> admitted, FindingDraft draft) {
    RobustScale scale = RobustScale.of(admitted.stream().mapToDouble(this::logNorm).toArray());
    double away = Math.abs(scale.above(logNorm(offered), LOG_NORM_FLOOR));
    draft.number("norm", norms.of(offered.module()).total());
    draft.number("size's deviations", away);
    return away;
  }

  private double logNorm(Contribution contribution) {
    // A module of zeros counts as very small, not as infinitely far.
    return StrictMath.log(Math.max(norms.of(contribution.module()).total(), 1e-30));
  }
}
