package io.medforge.plugin.audit;

/**
 * Where an audit draws its lines. They are policy, not mathematics: a hospital states its own and
 * the report repeats them. Immutable.
 *
 * @param auc the most that an attack's AUC may be; 0.6 by default
 * @param falsePositiveRate the share of strangers at which the next limit holds; 0.01 by default
 * @param truePositiveRate the most members that an attack may find while flagging at most that
 *     share of strangers; 0.05 by default
 * @param distanceRatio the least that the distilled set's distance to members may be of that to
 *     strangers; 0.8 by default
 * @param attributeAdvantage the most that the module may help to guess an attribute, beyond what a
 *     guess without it gets right; 0.05 by default
 * @param classSize the fewest members of a class, and the fewest by which a class may grow or
 *     shrink between two releases; 5 by default
 */
public record AuditLimits(
    double auc,
    double falsePositiveRate,
    double truePositiveRate,
    double distanceRatio,
    double attributeAdvantage,
    int classSize) {
  private static final AuditLimits STANDARD = new AuditLimits(0.6, 0.01, 0.05, 0.8, 0.05, 5);

  /**
   * Checks the ranges.
   *
   * @param auc 0.5 to 1
   * @param falsePositiveRate above 0 and below 1
   * @param truePositiveRate at least {@code falsePositiveRate}, at most 1
   * @param distanceRatio 0 to 1
   * @param attributeAdvantage 0 to 1
   * @param classSize at least 2
   * @throws IllegalArgumentException if one lies outside its range; the message names it
   */
  public AuditLimits {
    check("AUC", auc, 0.5, 1);
    check("false positive rate", falsePositiveRate, Double.MIN_VALUE, Math.nextDown(1.0));
    check("true positive rate", truePositiveRate, falsePositiveRate, 1);
    check("distance ratio", distanceRatio, 0, 1);
    check("attribute advantage", attributeAdvantage, 0, 1);
    check("class size", classSize, 2, Integer.MAX_VALUE);
  }

  /**
   * The defaults.
   *
   * @return the limits named at each component
   */
  public static AuditLimits standard() {
    return STANDARD;
  }

  private static void check(String limit, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          "expected a limit of " + least + " to " + most + ", found " + value + ", at " + limit);
    }
  }
}
