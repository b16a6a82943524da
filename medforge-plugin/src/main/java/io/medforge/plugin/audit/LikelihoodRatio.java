package io.medforge.plugin.audit;

/**
 * LiRA. Each row's confidence is compared with Gaussians fitted to shadows with and without that
 * row. Their deviations are estimated per row from 64 shadows on; below that, as the paper advises,
 * one deviation per side is pooled: the root of all rows' squared deviations from their own row's
 * mean over their degrees of freedom. It never mixes in how rows differ from each other.
 */
record LikelihoodRatio(boolean online) implements MembershipAttack {
  private static final int ENOUGH_FOR_OWN_DEVIATION = 64;
  private static final double LEAST_DEVIATION = 1e-6;

  @Override
  public MembershipScores score(MembershipEvidence evidence) {
    Side out = Side.of(evidence, false);
    if (!online) {
      return ScoredRows.score(evidence, row -> out.standardized(row, evidence));
    }
    Side in = Side.of(evidence, true);
    return ScoredRows.score(
        evidence, row -> in.logDensity(row, evidence) - out.logDensity(row, evidence));
  }

  /** The Gaussians of all rows on one side. */
  private static final class Side {
    private final double[] means;
    private final double[] deviations;

    private Side(double[] means, double[] deviations) {
      this.means = means;
      this.deviations = deviations;
    }

    static Side of(MembershipEvidence evidence, boolean in) {
      int rows = evidence.size();
      double[] means = new double[rows];
      double[] squares = new double[rows];
      int[] counts = new int[rows];
      double allSquares = 0;
      long freedom = 0;
      for (int row = 0; row < rows; row++) {
        fit(evidence, in, row, means, squares, counts);
        allSquares += squares[row];
        freedom += counts[row] - 1;
      }
      double pooled = StrictMath.sqrt(allSquares / freedom);
      double[] deviations = new double[rows];
      for (int row = 0; row < rows; row++) {
        double own = StrictMath.sqrt(squares[row] / (counts[row] - 1));
        double chosen = counts[row] >= ENOUGH_FOR_OWN_DEVIATION ? own : pooled;
        deviations[row] = Math.max(LEAST_DEVIATION, chosen);
      }
      return new Side(means, deviations);
    }

    private static void fit(
        MembershipEvidence evidence,
        boolean in,
        int row,
        double[] means,
        double[] squares,
        int[] counts) {
      double sum = 0;
      for (int shadow = 0; shadow < evidence.shadows(); shadow++) {
        if (evidence.isIn(shadow, row) == in) {
          sum += evidence.shadowConfidence(shadow, row);
          counts[row]++;
        }
      }
      if (counts[row] < 2) {
        throw new IllegalArgumentException(
            "expected at least 2 shadow plugins "
                + (in ? "with" : "without")
                + " each row, found "
                + counts[row]
                + ", at row "
                + row);
      }
      means[row] = sum / counts[row];
      for (int shadow = 0; shadow < evidence.shadows(); shadow++) {
        if (evidence.isIn(shadow, row) == in) {
          double off = evidence.shadowConfidence(shadow, row) - means[row];
          squares[row] += off * off;
        }
      }
    }

    double standardized(int row, MembershipEvidence evidence) {
      return (evidence.pluginConfidence(row) - means[row]) / deviations[row];
    }

    /** Up to a constant that is the same on both sides. */
    double logDensity(int row, MembershipEvidence evidence) {
      double off = standardized(row, evidence);
      return -off * off / 2 - StrictMath.log(deviations[row]);
    }
  }
}
