package io.medforge.plugin.audit;

import java.util.Arrays;

/**
 * The probability that a member scores above a stranger, ties counting one half (Mann and Whitney).
 *
 * <p>Its interval is the wider one of two at either end: DeLong's (DeLong et al., Biometrics 1988),
 * which follows the scores but has no width where the groups are separate; and Newcombe's method 5
 * (Statistics in Medicine 2006), which keeps one.
 */
final class AreaUnderCurve {
  private static final double Z = 1.959963984540054;
  private static final int HALVINGS = 100;

  private AreaUnderCurve() {}

  static Estimate of(MembershipScores scores) {
    double[] members = scores.members();
    double[] strangers = scores.strangers();
    double[] sortedMembers = members.clone();
    double[] sortedStrangers = strangers.clone();
    Arrays.sort(sortedMembers);
    Arrays.sort(sortedStrangers);
    double[] membersWin = new double[members.length];
    for (int i = 0; i < members.length; i++) {
      membersWin[i] = shareBelow(sortedStrangers, members[i]);
    }
    double[] strangersLose = new double[strangers.length];
    for (int j = 0; j < strangers.length; j++) {
      strangersLose[j] = 1 - shareBelow(sortedMembers, strangers[j]);
    }
    double auc = mean(membersWin);
    double delong =
        Z
            * StrictMath.sqrt(
                variance(membersWin) / members.length + variance(strangersLose) / strangers.length);
    double lower = Math.min(auc - delong, newcombe(auc, 0, members.length, strangers.length));
    double upper = Math.max(auc + delong, newcombe(auc, 1, members.length, strangers.length));
    return new Estimate(auc, Math.max(0, lower), Math.min(1, upper));
  }

  /** The AUC towards {@code end} at which the one seen is just Z deviations away. */
  static double newcombe(double auc, double end, int members, int strangers) {
    double outer = end;
    double inner = auc;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (outer + inner) / 2;
      boolean tooFar =
          Math.abs(auc - middle) > Z * StrictMath.sqrt(hanleyMcNeil(middle, members, strangers));
      if (tooFar) {
        outer = middle;
      } else {
        inner = middle;
      }
    }
    return outer;
  }

  private static double hanleyMcNeil(double auc, int members, int strangers) {
    double half = (members + strangers) / 2.0;
    return auc
        * (1 - auc)
        * (1 + (half - 1) * ((1 - auc) / (2 - auc) + auc / (1 + auc)))
        / ((double) members * strangers);
  }

  private static double shareBelow(double[] sorted, double score) {
    return (below(sorted, score, false) + below(sorted, score, true)) / 2.0 / sorted.length;
  }

  /** How many of the sorted are below the score, or at it too. */
  private static int below(double[] sorted, double score, boolean orEqual) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < score || (orEqual && sorted[middle] == score)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double variance(double[] values) {
    if (values.length < 2) {
      return 0;
    }
    double mean = mean(values);
    double sum = 0;
    for (double value : values) {
      sum += (value - mean) * (value - mean);
    }
    return sum / (values.length - 1);
  }
}
