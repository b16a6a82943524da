package io.medforge.forge.admission;

import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.merge.IncompatiblePluginsException;
import java.util.ArrayList;
import java.util.List;

/**
 * Admits modules of bounded size: the Frobenius norm over all layers, heads included, is finite and
 * at most a number, and at most a multiple of the median of the admitted ones once there are three.
 * One huge update would drown every other in an average. Thread-safe; remembers the norms.
 */
public final class NormCheck implements AdmissionCheck {
  private static final int COHORT = 3;

  private final double most;
  private final double timesMedian;
  private final MeasuredModules<ModuleNorm> norms = new MeasuredModules<>(ModuleNorm::of);

  /**
   * Makes a check.
   *
   * @param most the largest norm
   * @param timesMedian the largest multiple of the median
   * @throws IllegalArgumentException if the norm is not above 0, or the multiple is below 1
   */
  public NormCheck(double most, double timesMedian) {
    if (!(most > 0) || !(timesMedian >= 1)) {
      throw new IllegalArgumentException(
          "expected a norm above 0 and a multiple of at least 1, found "
              + most
              + " and "
              + timesMedian);
    }
    this.most = most;
    this.timesMedian = timesMedian;
  }

  @Override
  public List<Finding> examine(Contribution offered, List<Contribution> admitted) {
    ModuleNorm found;
    try {
      found = norms.of(offered.module());
    } catch (IncompatiblePluginsException e) {
      return List.of(new FindingDraft("norm").refuse(String.valueOf(e.getMessage())));
    }
    List<Finding> findings = new ArrayList<>();
    compare("at most " + most, most, found, offered, findings);
    if (admitted.size() >= COHORT) {
      double median =
          RobustScale.of(
                  admitted.stream().mapToDouble(each -> norms.of(each.module()).total()).toArray())
              .median();
      compare(
          "at most " + timesMedian + " times the median " + median + " of the admitted ones",
          timesMedian * median,
          found,
          offered,
          findings);
    }
    return findings;
  }

  private static void compare(
      String expected, double bound, ModuleNorm found, Contribution offered, List<Finding> all) {
    if (!(found.total() <= bound)) {
      all.add(
          new FindingDraft("norm")
              .number("norm", found.total())
              .number("most", bound)
              .number("largest layer's norm", found.largest())
              .refuse(
                  "expected a norm of "
                      + expected
                      + ", found "
                      + found.total()
                      + ", at plugin "
                      + offered.module().id()
                      + ", largest at layer "
                      + found.largestLayer()));
    }
  }
}
