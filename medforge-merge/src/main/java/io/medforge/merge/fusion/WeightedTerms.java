package io.medforge.merge.fusion;

import io.medforge.plugin.LowRankUpdate;
import java.util.Arrays;
import java.util.List;

/**
 * A weighted sum of products as {@code sum_j c_j b_j a_j^T}, over the columns b_j of all B and the
 * rows a_j of all A, in order; c_j is the update's weight times its scaling.
 */
@SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays; nobody compares these.
record WeightedTerms(double[][] left, double[][] right, double[] coefficients) {
  /** Refuses widths beyond an array's. */
  static WeightedTerms read(String layer, List<WeightedUpdate<LowRankUpdate>> parts) {
    int total = 0;
    for (WeightedUpdate<LowRankUpdate> part : parts) {
      total = Math.addExact(total, ProductSpaceRule.length(layer, "rank", part.update().rank()));
    }
    LowRankUpdate first = parts.get(0).update();
    int d = ProductSpaceRule.length(layer, "output width", first.out());
    int k = ProductSpaceRule.length(layer, "input width", first.in());
    double[][] left = new double[total][d];
    double[][] right = new double[total][k];
    double[] coefficients = new double[total];
    int at = 0;
    for (WeightedUpdate<LowRankUpdate> part : parts) {
      int r = (int) part.update().rank();
      LowRankFactors.readColumns(part.update().b(), left, at, r);
      LowRankFactors.readRows(part.update().a(), right, at, r);
      Arrays.fill(coefficients, at, at + r, part.weight() * part.update().scaling());
      at += r;
    }
    return new WeightedTerms(left, right, coefficients);
  }

  /** Their number. */
  int size() {
    return coefficients.length;
  }

  /**
   * Moves the coefficients into the vectors, so that the sum is that of {@code b_j a_j^T}, with b_j
   * as long as a_j.
   *
   * @param ratios the lengths {@code |a_j| / |b_j|}
   */
  void balance(double[] ratios) {
    for (int j = 0; j < coefficients.length; j++) {
      double root = Math.sqrt(Math.abs(coefficients[j]));
      double share = Math.sqrt(ratios[j]);
      scale(left[j], root * share);
      scale(right[j], Math.copySign(root / share, coefficients[j]));
    }
    Arrays.fill(coefficients, 1);
  }

  private static void scale(double[] x, double factor) {
    for (int i = 0; i < x.length; i++) {
      x[i] *= factor;
    }
  }
}
