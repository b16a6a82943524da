package io.medforge.forge.admission;

import io.medforge.runtime.Outputs;

/** Accuracy, by the exact bounds of two binomials. */
record ExactPairedTest() implements PairedTest {
  @Override
  public String description() {
    return "exact paired test of accuracy (Clopper-Pearson)";
  }

  @Override
  public double score(Outputs outputs, int row, int label) {
    return PredictedClass.of(outputs, row) == label ? 1 : 0;
  }

  @Override
  public Bounds bounds(double[] worsening, double alpha) {
    int n = worsening.length;
    int lost = 0;
    int won = 0;
    for (double each : worsening) {
      lost += each > 0 ? 1 : 0;
      won += each < 0 ? 1 : 0;
    }
    double half = alpha / 2;
    return new Bounds(
        BinomialBound.lower(lost, n, half) - BinomialBound.upper(won, n, half),
        BinomialBound.upper(lost, n, half) - BinomialBound.lower(won, n, half));
  }
}
