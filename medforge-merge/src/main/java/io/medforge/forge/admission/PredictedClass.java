package io.medforge.forge.admission;

import io.medforge.runtime.Outputs;

/** The class with the highest logit; of equal ones the first. */
final class PredictedClass {
  private PredictedClass() {}

  static int of(Outputs outputs, int row) {
    int best = 0;
    for (int c = 1; c < outputs.classes(); c++) {
      if (outputs.logit(row, c) > outputs.logit(row, best)) {
        best = c;
      }
    }
    return best;
  }
}
