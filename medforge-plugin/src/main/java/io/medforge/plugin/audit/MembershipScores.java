package io.medforge.plugin.audit;

/**
 * What an attack says of each patient: the higher, the more it takes the patient for a member.
 * Stays within the hospital; only statistics of it are reported. Immutable.
 */
public final class MembershipScores {
  private final double[] members;
  private final double[] strangers;

  private MembershipScores(double[] members, double[] strangers) {
    this.members = members;
    this.strangers = strangers;
  }

  /**
   * Scores of both groups.
   *
   * @param members one score each; copied
   * @param strangers one score each; copied
   * @return the scores
   * @throws IllegalArgumentException if a group is empty or a score is NaN; the message names the
   *     group and row, never a value
   */
  public static MembershipScores of(double[] members, double[] strangers) {
    check("members", members);
    check("strangers", strangers);
    return new MembershipScores(members.clone(), strangers.clone());
  }

  private static void check(String group, double[] scores) {
    if (scores.length == 0) {
      throw new IllegalArgumentException("expected at least one score, found none, at " + group);
    }
    for (int i = 0; i < scores.length; i++) {
      if (Double.isNaN(scores[i])) {
        throw new IllegalArgumentException(
            "expected a score that is a number, found NaN, at " + group + ", row " + i);
      }
    }
  }

  /**
   * The scores of the members.
   *
   * @return a new array of m scores
   */
  public double[] members() {
    return members.clone();
  }

  /**
   * The scores of the strangers.
   *
   * @return a new array of n scores
   */
  public double[] strangers() {
    return strangers.clone();
  }

  /** How many there are of each; no score. */
  @Override
  public String toString() {
    return "MembershipScores[" + members.length + " members, " + strangers.length + " strangers]";
  }
}
