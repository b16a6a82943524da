package io.medforge.plugin.audit;

import java.util.Arrays;

/** RMIA, in logarithms. */
record RelativeMembership(double gamma) implements MembershipAttack {

  RelativeMembership {
    if (!(gamma > 0) || Double.isInfinite(gamma)) {
      throw new IllegalArgumentException("expected a gamma above 0 and finite, found " + gamma);
    }
  }

  @Override
  public MembershipScores score(MembershipEvidence evidence) {
    double[] ratios = new double[evidence.size()];
    for (int row = 0; row < ratios.length; row++) {
      ratios[row] =
          MembershipEvidence.logProbability(evidence.pluginConfidence(row))
              - StrictMath.log(reference(evidence, row));
    }
    double[] population = Arrays.copyOfRange(ratios, evidence.members(), ratios.length);
    double needed = StrictMath.log(gamma);
    return ScoredRows.score(
        evidence, row -> shareBeaten(ratios, row, evidence.members(), population, needed));
  }

  /**
   * A stranger is not compared with itself. A member leaves out one stranger as well, another one
   * each: shares of unequal numbers would never be equal, and ties would all fall to one side.
   */
  private static double shareBeaten(
      double[] ratios, int row, int members, double[] population, double needed) {
    if (population.length < 2) {
      throw new IllegalArgumentException("expected at least 2 strangers, found 1");
    }
    int leftOut = row < members ? row % population.length : row - members;
    int beaten = 0;
    for (int z = 0; z < population.length; z++) {
      beaten += z != leftOut && ratios[row] - population[z] >= needed ? 1 : 0;
    }
    return (double) beaten / (population.length - 1);
  }

  private static double reference(MembershipEvidence evidence, int row) {
    double[] sums = new double[2];
    int[] counts = new int[2];
    for (int shadow = 0; shadow < evidence.shadows(); shadow++) {
      int side = evidence.isIn(shadow, row) ? 1 : 0;
      sums[side] +=
          StrictMath.exp(MembershipEvidence.logProbability(evidence.shadowConfidence(shadow, row)));
      counts[side]++;
    }
    if (counts[0] == 0 || counts[1] == 0) {
      throw new IllegalArgumentException(
          "expected shadow plugins with and without each row, found "
              + counts[1]
              + " with and "
              + counts[0]
              + " without, at row "
              + row);
    }
    return Math.max(Double.MIN_NORMAL, (sums[0] / counts[0] + sums[1] / counts[1]) / 2);
  }
}
