package io.medforge.plugin.audit;

import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The least epsilon that an attack's success leaves possible: the greatest over thresholds of
 * {@code ln((TPR - delta) / FPR)} and {@code ln((TNR - delta) / FNR)}, the numerators' lower limits
 * over the denominators' upper ones (Jagielski et al., NeurIPS 2020).
 *
 * <p>Looking at many thresholds and keeping the best would find leakage in noise. Only thresholds
 * at a few stated error rates are looked at, and they share the 5 % that the bound may be wrong.
 */
final class EmpiricalEpsilon {
  private static final double ERROR = 0.05;
  private static final double[] RATES = {0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5};

  private EmpiricalEpsilon() {}

  static double lowerBound(StepRoc roc, double delta) {
    SortedSet<Integer> points = new TreeSet<>();
    for (double rate : RATES) {
      points.add(roc.pointAt(rate));
      points.add(roc.pointMissing(rate));
    }
    // Each point is two statements of two limits each.
    double tail = ERROR / (4.0 * 2 * RATES.length);
    double bound = 0;
    for (int point : points) {
      int tp = roc.truePositives(point);
      int fp = roc.falsePositives(point);
      int m = roc.members();
      int n = roc.strangers();
      bound = Math.max(bound, logRatio(tp, m, fp, n, delta, tail));
      bound = Math.max(bound, logRatio(n - fp, n, m - tp, m, delta, tail));
    }
    return bound;
  }

  private static double logRatio(
      int hits, int trials, int errors, int errorTrials, double delta, double tail) {
    double numerator = BinomialInterval.lower(hits, trials, tail) - delta;
    double denominator = BinomialInterval.upper(errors, errorTrials, tail);
    return numerator <= 0 ? 0 : StrictMath.log(numerator / denominator);
  }
}
