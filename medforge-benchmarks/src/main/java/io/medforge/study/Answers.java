package io.medforge.study;

import java.util.Arrays;
import java.util.Collection;

/**
 * A classifier's scores for some patients, beside their diagnoses: class 0 is the finding looked
 * for (malignant; diseased), class 1 its absence. Immutable.
 */
public final class Answers {
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
  public static Answers of(int[] diagnoses, double[] scores) {
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

  /**
   * All answers.
   *
   * @param parts answers to some patients each
   * @return one part after another
   */
  public static Answers pooled(Collection<Answers> parts) {
    return new Answers(
        parts.stream().flatMapToInt(part -> Arrays.stream(part.diagnoses)).toArray(),
        parts.stream().flatMapToDouble(part -> Arrays.stream(part.scores)).toArray());
  }

  /**
   * Some patients' answers.
   *
   * @param patients indices, repeats allowed
   * @return their answers, in this order
   */
  public Answers select(int... patients) {
    int[] drawnDiagnoses = new int[patients.length];
    double[] drawnScores = new double[patients.length];
    for (int i = 0; i < patients.length; i++) {
      drawnDiagnoses[i] = diagnoses[patients[i]];
      drawnScores[i] = scores[patients[i]];
    }
    return new Answers(drawnDiagnoses, drawnScores);
  }

  /**
   * How many patients there are.
   *
   * @return at least 1
   */
  public int size() {
    return diagnoses.length;
  }

  /**
   * A patient's true class.
   *
   * @param patient an index
   * @return 0 with the finding, 1 without
   */
  public int diagnosis(int patient) {
    return diagnoses[patient];
  }

  /**
   * A patient's score.
   *
   * @param patient an index
   * @return the probability of the finding, 0 to 1
   */
  public double score(int patient) {
    return scores[patient];
  }

  boolean calledMalignant(int patient) {
    return scores[patient] >= THRESHOLD;
  }

  /**
   * Whether the patient was called rightly at a threshold of 0.5.
   *
   * @param patient an index
   * @return true if so
   */
  public boolean correct(int patient) {
    return calledMalignant(patient) == (diagnoses[patient] == Cohort.MALIGNANT);
  }

  /**
   * The part of the patients called rightly at a threshold of 0.5.
   *
   * @return 0 to 1
   */
  public double accuracy() {
    int right = 0;
    for (int i = 0; i < size(); i++) {
      right += correct(i) ? 1 : 0;
    }
    return (double) right / size();
  }

  /**
   * The part of the patients with the finding who were called so.
   *
   * @return 0 to 1; NaN if there are none
   */
  public double sensitivity() {
    return rate(Cohort.MALIGNANT);
  }

  /**
   * The part of the patients without the finding who were called so.
   *
   * @return 0 to 1; NaN if there are none
   */
  public double specificity() {
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
  public double logLoss() {
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
  public double auc() {
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
    double[] sorted = new double[size()];
    int count = 0;
    for (int i = 0; i < size(); i++) {
      if (diagnoses[i] == diagnosis) {
        sorted[count++] = scores[i];
      }
    }
    Arrays.sort(sorted, 0, count);
    return Arrays.copyOf(sorted, count);
  }
}
