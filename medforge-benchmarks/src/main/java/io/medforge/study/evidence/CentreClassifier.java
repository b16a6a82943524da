package io.medforge.study.evidence;

import io.medforge.runtime.ModelInput;

/**
 * A finished method: a pure function of inputs and of the hospital that asks. A hospital knows
 * which one it is, so a method may answer each in its own way; most ignore it.
 */
@FunctionalInterface
public interface CentreClassifier {
  /**
   * Scores patients.
   *
   * @param centre the hospital that asks
   * @param inputs n patients, as the suite's models take them
   * @return n probabilities of the finding, 0 to 1
   */
  double[] finding(String centre, ModelInput inputs);
}
