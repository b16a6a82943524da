package io.medforge.merge.fusion;

import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.Outputs;

/** Mean negative log-likelihood of a set's classes, in nats; the same on every machine. */
final class CrossEntropy {
  private CrossEntropy() {}

  /** {@code mean(log sum_c exp z_c - z_y)}: the logits are the model's, as they should be. */
  static double ofLogits(Outputs outputs, DistilledSet set) {
    double sum = 0;
    for (int row = 0; row < set.size(); row++) {
      double[] scores = new double[outputs.classes()];
      for (int c = 0; c < scores.length; c++) {
        scores[c] = outputs.logit(row, c);
      }
      sum += ofScores(scores, set.classOf(row));
    }
    return sum / set.size();
  }

  /**
   * The same with probabilities in the place of logits: softmax twice, as MedForge was published.
   */
  static double ofProbabilities(Outputs outputs, DistilledSet set) {
    double sum = 0;
    for (int row = 0; row < set.size(); row++) {
      sum += ofScores(outputs.probabilities(row), set.classOf(row));
    }
    return sum / set.size();
  }

  private static double ofScores(double[] scores, int label) {
    double highest = Double.NEGATIVE_INFINITY;
    for (double score : scores) {
      highest = Math.max(highest, score);
    }
    double sum = 0;
    for (double score : scores) {
      sum += StrictMath.exp(score - highest);
    }
    return StrictMath.log(sum) + (highest - scores[label]);
  }
}
