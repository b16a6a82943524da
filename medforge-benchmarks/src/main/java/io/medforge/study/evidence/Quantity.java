package io.medforge.study.evidence;

import io.medforge.study.Answers;
import java.util.List;

/** What is measured of answers. */
public enum Quantity {
  /** The part of the patients called rightly; more is better. */
  ACCURACY("accuracy", true),
  /** The area under the ROC curve; NaN where one class is missing; more is better. */
  AUC("auc", true),
  /** The mean of sensitivity and specificity, or the one there is; more is better. */
  BALANCED_ACCURACY("balancedAccuracy", true),
  /** The mean squared error of the probability (Brier, 1950); less is better. */
  BRIER("brier", false),
  /**
   * The expected calibration error over ten bins of equal width of the finding's probability: how
   * far it lies from the part of the bin's patients who have it; less is better. Without interval:
   * resampled patients add an error of their own, so percentiles lie too high.
   */
  CALIBRATION_ERROR("calibrationError", false);

  /** Those whose percentiles over resamples mean something. */
  static final List<Quantity> WITH_INTERVAL = List.of(ACCURACY, AUC, BALANCED_ACCURACY, BRIER);

  private static final int BINS = 10;

  private final String key;
  private final boolean moreIsBetter;

  Quantity(String key, boolean moreIsBetter) {
    this.key = key;
    this.moreIsBetter = moreIsBetter;
  }

  /**
   * Its name in files.
   *
   * @return the name
   */
  public String key() {
    return key;
  }

  boolean moreIsBetter() {
    return moreIsBetter;
  }

  boolean hasInterval() {
    return this != CALIBRATION_ERROR;
  }

  double of(Answers answers) {
    return switch (this) {
      case ACCURACY -> answers.accuracy();
      case AUC -> answers.auc();
      case BALANCED_ACCURACY -> balanced(answers);
      case BRIER -> brier(answers);
      case CALIBRATION_ERROR -> calibrationError(answers);
    };
  }

  private static double balanced(Answers answers) {
    double sensitivity = answers.sensitivity();
    double specificity = answers.specificity();
    if (Double.isNaN(sensitivity)) {
      return specificity;
    }
    return Double.isNaN(specificity) ? sensitivity : (sensitivity + specificity) / 2;
  }

  private static double brier(Answers answers) {
    double sum = 0;
    for (int i = 0; i < answers.size(); i++) {
      double error = answers.score(i) - finding(answers, i);
      sum += error * error;
    }
    return sum / answers.size();
  }

  private static double calibrationError(Answers answers) {
    double[] difference = new double[BINS];
    for (int i = 0; i < answers.size(); i++) {
      int bin = Math.min((int) (answers.score(i) * BINS), BINS - 1);
      difference[bin] += answers.score(i) - finding(answers, i);
    }
    double sum = 0;
    for (double each : difference) {
      sum += Math.abs(each);
    }
    return sum / answers.size();
  }

  private static int finding(Answers answers, int patient) {
    return answers.diagnosis(patient) == 0 ? 1 : 0;
  }
}
