package io.medforge.plugin.branch;

import io.medforge.plugin.PluginModule;

/**
 * A plugin that imitates a teacher, and what was lost on the way, judged on synthetic rows that it
 * was not trained on. Immutable. Losses are mean cross-entropies in nats.
 *
 * @param plugin the student
 * @param trainedOn the rows it was trained on, at least 1
 * @param judgedOn the rows held out, at least 1
 * @param teacherLoss the teacher's, against the held-out rows' classes; infinite if it gave one of
 *     them no probability at all
 * @param studentLoss the student's, against the same
 * @param divergence the mean KL divergence of the teacher's answers from the student's, in nats
 * @param agreement the part of the rows where both think one class likeliest, 0 to 1
 */
public record Imitation(
    PluginModule plugin,
    int trainedOn,
    int judgedOn,
    double teacherLoss,
    double studentLoss,
    double divergence,
    double agreement) {
  /**
   * The quality lost.
   *
   * @return the student's loss less the teacher's, in nats per row; negative if the student is
   *     better
   */
  public double lostQuality() {
    return studentLoss - teacherLoss;
  }
}
