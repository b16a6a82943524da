package io.medforge.plugin.audit;

/** Takes those patients for members that lie nearest to a distilled example. */
final class DistilledMembership {
  static final String NAME = "distilled-membership";

  private DistilledMembership() {}

  static MembershipScores score(double[][] distilled, double[][] members, double[][] strangers) {
    return MembershipScores.of(nearness(members, distilled), nearness(strangers, distilled));
  }

  private static double[] nearness(double[][] rows, double[][] distilled) {
    double[] scores = new double[rows.length];
    for (int row = 0; row < rows.length; row++) {
      double nearest = Double.POSITIVE_INFINITY;
      for (double[] example : distilled) {
        nearest = Math.min(nearest, NearestNeighbours.squaredDistance(rows[row], example));
      }
      scores[row] = -nearest;
    }
    return scores;
  }
}
