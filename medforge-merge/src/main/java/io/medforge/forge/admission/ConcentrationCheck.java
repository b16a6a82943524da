package io.medforge.forge.admission;

import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.merge.alignment.SpectralConcentration;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Holds a module whose change lies in one direction far more than the cohort's do ({@link
 * SpectralConcentration}), as a backdoor tends to. Modules of rank 1 cannot be told apart this way,
 * and with fewer than three that can there is no cohort; it says so. Thread-safe; remembers the
 * concentrations.
 */
public final class ConcentrationCheck implements AdmissionCheck {
  private static final int COHORT = 3;
  private static final double FLOOR = 0.02;

  private final double most;
  private final MeasuredModules<OptionalDouble> concentrations =
      new MeasuredModules<>(SpectralConcentration::of);

  private ConcentrationCheck(double most) {
    if (!(most > 0)) {
      throw new IllegalArgumentException("expected deviations above 0, found " + most);
    }
    this.most = most;
  }

  /**
   * A check that holds what is concentrated far above the cohort.
   *
   * @param deviations how far is too far, in robust deviations, for example 6
   * @return the check
   * @throws IllegalArgumentException if not above 0
   */
  public static ConcentrationCheck beyond(double deviations) {
    return new ConcentrationCheck(deviations);
  }

  @Override
  public List<Finding> examine(Contribution offered, List<Contribution> admitted) {
    double[] cohort =
        admitted.stream()
            .map(each -> concentrations.of(each.module()))
            .filter(OptionalDouble::isPresent)
            .mapToDouble(OptionalDouble::getAsDouble)
            .toArray();
    OptionalDouble found = concentrations.of(offered.module());
    FindingDraft draft = new FindingDraft("spectral concentration").number("cohort", cohort.length);
    if (cohort.length < COHORT || found.isEmpty()) {
      return List.of(
          draft.note(
              "expected a cohort of "
                  + COHORT
                  + " and layers of rank 2 or more to compare, found "
                  + cohort.length
                  + " and "
                  + (found.isEmpty() ? "none" : "some")
                  + ", at plugin "
                  + offered.module().id()));
    }
    RobustScale scale = RobustScale.of(cohort);
    double above = scale.above(found.getAsDouble(), FLOOR);
    if (above <= most) {
      return List.of();
    }
    return List.of(
        draft
            .number("concentration", found.getAsDouble())
            .number("cohort's concentration", scale.median())
            .number("deviations", above)
            .number("most deviations", most)
            .quarantine(
                "expected a spectral concentration within "
                    + most
                    + " robust deviations of the cohort's "
                    + scale.median()
                    + ", found "
                    + found.getAsDouble()
                    + ", "
                    + above
                    + " deviations above, at plugin "
                    + offered.module().id()));
  }
}
