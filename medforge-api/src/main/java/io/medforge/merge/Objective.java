package io.medforge.merge;

/**
 * How bad a merge with given coefficients is: what a coefficient search makes small. Deterministic.
 */
@FunctionalInterface
public interface Objective {
  /**
   * Evaluates coefficients.
   *
   * @param coefficients of the plugins in question
   * @return the loss, finite; smaller is better
   */
  double loss(Coefficients coefficients);
}
