package io.medforge.study;

import java.util.SortedMap;

/**
 * How well a method answered for some patients.
 *
 * @param patients how many
 * @param accuracy 0 to 1
 * @param accuracyInterval its 95 % bootstrap interval
 * @param auc 0 to 1
 * @param aucInterval its 95 % bootstrap interval
 * @param logLoss nats per patient, at least 0
 * @param sensitivity 0 to 1
 * @param specificity 0 to 1
 */
record Score(
    int patients,
    double accuracy,
    Bootstrap.Interval accuracyInterval,
    double auc,
    Bootstrap.Interval aucInterval,
    double logLoss,
    double sensitivity,
    double specificity) {
  /**
   * Scores answers.
   *
   * @param parts answers by hospital, one or several
   * @param bootstrap the resamples
   * @return the score of all of them together
   */
  static Score of(SortedMap<String, Answers> parts, Bootstrap bootstrap) {
    Answers pooled = Answers.pooled(parts.values());
    return new Score(
        pooled.size(),
        pooled.accuracy(),
        bootstrap.interval(parts, Answers::accuracy),
        pooled.auc(),
        bootstrap.interval(parts, Answers::auc),
        pooled.logLoss(),
        pooled.sensitivity(),
        pooled.specificity());
  }
}
