package io.medforge.plugin.audit;

import java.util.Arrays;

/**
 * The receiver operating characteristic of scores, as a step curve: one point per distinct score,
 * so that equal scores are flagged together, and (0, 0) in front.
 */
final class StepRoc {
  private final int members;
  private final int strangers;
  private final int[] flaggedMembers;
  private final int[] flaggedStrangers;

  private StepRoc(int members, int strangers, int[] flaggedMembers, int[] flaggedStrangers) {
    this.members = members;
    this.strangers = strangers;
    this.flaggedMembers = flaggedMembers;
    this.flaggedStrangers = flaggedStrangers;
  }

  static StepRoc of(MembershipScores scores) {
    double[] members = scores.members();
    double[] strangers = scores.strangers();
    Arrays.sort(members);
    Arrays.sort(strangers);
    int[] tp = new int[members.length + strangers.length + 1];
    int[] fp = new int[tp.length];
    int points = 1;
    int i = members.length;
    int j = strangers.length;
    while (i > 0 || j > 0) {
      double threshold =
          Math.max(
              i > 0 ? members[i - 1] : Double.NEGATIVE_INFINITY,
              j > 0 ? strangers[j - 1] : Double.NEGATIVE_INFINITY);
      while (i > 0 && members[i - 1] >= threshold) {
        i--;
      }
      while (j > 0 && strangers[j - 1] >= threshold) {
        j--;
      }
      tp[points] = members.length - i;
      fp[points] = strangers.length - j;
      points++;
    }
    return new StepRoc(
        members.length, strangers.length, Arrays.copyOf(tp, points), Arrays.copyOf(fp, points));
  }

  int members() {
    return members;
  }

  int strangers() {
    return strangers;
  }

  int points() {
    return flaggedMembers.length;
  }

  /** How many members are flagged at a point; points run from none flagged to all flagged. */
  int truePositives(int point) {
    return flaggedMembers[point];
  }

  /** How many strangers are flagged at a point. */
  int falsePositives(int point) {
    return flaggedStrangers[point];
  }

  /** The last point that flags at most this share of strangers. */
  int pointAt(double falsePositiveRate) {
    int point = 0;
    for (int i = 1; i < points(); i++) {
      if (flaggedStrangers[i] <= falsePositiveRate * strangers) {
        point = i;
      }
    }
    return point;
  }

  /** The first point that misses at most this share of members. */
  int pointMissing(double falseNegativeRate) {
    for (int i = 0; i < points(); i++) {
      if (members - flaggedMembers[i] <= falseNegativeRate * members) {
        return i;
      }
    }
    return points() - 1;
  }

  /** The greatest difference between the rates, at least 0. */
  double advantage() {
    double greatest = 0;
    for (int i = 0; i < points(); i++) {
      greatest =
          Math.max(
              greatest,
              (double) flaggedMembers[i] / members - (double) flaggedStrangers[i] / strangers);
    }
    return greatest;
  }
}
