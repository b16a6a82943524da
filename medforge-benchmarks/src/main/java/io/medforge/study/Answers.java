package io.medforge.study;

import java.util.Arrays;
import java.util.Collection;
import java.util.stream.IntStream;

/** A classifier's scores for some patients, beside their diagnoses. Immutable. */
final class Answers {
  private static final double THRESHOLD = 0.5;

  private final int[] diagnoses;
  private final double[] scores;

  private Answers(int[] diagnoses, double[] scores) {
    this.diagnoses = diagnoses;
    this.scores = scores;
  }

  /**
   * Scored patients.
   *
   * @param diagnoses n classes; copied
   * @param scores n probabilities of malignancy; copied
   * @return the answers
   * @throws IllegalArgumentException if numbers differ, there is none, or a score is no probability
   */
  static Answers of(int[] diagnoses, double[] scores) {
    if (diagnoses.length == 0 || diagnoses.length != scores.length) {
      throw new IllegalArgumentException(
          "expected a score for each of "
              + diagnoses.length
              + " patients, at least one, found "
              + scores.length);
    }
    for (int i = 0; i < scores.length; i++) {
      if (!(scores[i] >= 0 && scores[i] <= 1)) {
        throw new IllegalArgumentException(
            "expected a probability, found " + scores[i] + ", at patient " + i);
      }
    }
    return new Answers(diagnoses.clone(), scores.clone());
  }

  /** All answers, one part after another. */
  static Answers pooled(Collection<Answers> parts) {
    return new Answers(
        parts.stream().flatMapToInt(part -> Arrays.stream(part.diagnoses)).toArray(),
        parts.stream().flatMapToDouble(part -> Arrays.stream(part.scores)).toArray());
  }

  /** These patients' answers, in this order, repeats allowed. */
  Answers select(int... patients) {
    return new Answers(
        IntStream.of(patients).map(i -> diagnoses[i]).toArray(),
        IntStream.of(patients).mapToDouble(i -> scores[i]).toArray());
  }

  int size() {
    return diagnoses.length;
  }

  int diagnosis(int patient) {
    return diagnoses[patient];
  }

  boolean calledMalignant(int patient) {
    return scores[patient] >= THRESHOLD;
  }

  boolean correct(int patient) {
    return calledMalignant(patient) == (diagnoses[patient] == Cohort.MALIGNANT);
  }

  /** The part of the patients called rightly at a threshold of 0.5. */
  double accuracy() {
    return (double) IntStream.range(0, size()).filter(this::correct).count() / size();
  }

  /** The part of the malignant patients called malignant; NaN if there are none. */
  double sensitivity() {
    return rate(Cohort.MALIGNANT);
  }

  /** The part of the benign patients called benign; NaN if there are none. */
  double specificity() {
    return rate(Cohort.BENIGN);
  }

  private double rate(int diagnosis) {
    int all = 0;
    int right = 0;
    for (int i = 0; i < size(); i++) {
      if (diagnoses[i] == diagnosis) {
        all++;
        right += correct(i) ? 1 : 0;
      }
    }
    return (double) right / all;
  }

  /**
   * The mean log-loss of the true diagnosis, which judges probabilities and not only their side of
   * a threshold (Good, J. R. Stat. Soc. B 1952).
   *
   * @return nats per patient, at least 0; a probability of 0 counts as the smallest normal number
   */
  double logLoss() {
    double sum = 0;
    for (int i = 0; i < size(); i++) {
      double right = diagnoses[i] == Cohort.MALIGNANT ? scores[i] : 1 - scores[i];
      sum -= StrictMath.log(Math.max(right, Double.MIN_NORMAL));
    }
    return sum / size();
  }

  /**
   * The area under the ROC curve as the Mann-Whitney statistic: the probability that a malignant
   * patient scores higher than a benign one, ties counting half (Hanley, McNeil, Radiology 1982).
   *
   * @return 0 to 1; NaN if only one diagnosis is present
   */
  double auc() {
    double[] malignant = sortedScores(Cohort.MALIGNANT);
    double[] benign = sortedScores(Cohort.BENIGN);
    // Twice the number of wins, ties counting one: whole numbers, hence exact.
    long doubledWins = 0;
    int below = 0;
    int belowOrEqual = 0;
    for (double score : malignant) {
      while (below < benign.length && benign[below] < score) {
        below++;
      }
      while (belowOrEqual < benign.length && benign[belowOrEqual] <= score) {
        belowOrEqual++;
      }
      doubledWins += below + belowOrEqual;
    }
    return doubledWins / (2.0 * malignant.length * benign.length);
  }

  private double[] sortedScores(int diagnosis) {
    return IntStream.range(0, size())
        .filter(i -> diagnoses[i] == diagnosis)
        .mapToDouble(i -> scores[i])
        .sorted()
        .toArray();
  }
}
