package io.medforge.plugin.audit;

import java.util.function.IntToDoubleFunction;

/** Scores a pool row by row. */
final class ScoredRows {
  private ScoredRows() {}

  static MembershipScores score(MembershipEvidence evidence, IntToDoubleFunction ofRow) {
    double[] members = new double[evidence.members()];
    double[] strangers = new double[evidence.size() - members.length];
    for (int row = 0; row < evidence.size(); row++) {
      double score = ofRow.applyAsDouble(row);
      if (row < members.length) {
        members[row] = score;
      } else {
        strangers[row - members.length] = score;
      }
    }
    return MembershipScores.of(members, strangers);
  }
}
