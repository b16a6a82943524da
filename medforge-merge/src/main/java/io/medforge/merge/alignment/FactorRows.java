package io.medforge.merge.alignment;

import io.medforge.merge.kernel.InnerProduct;
import io.medforge.plugin.LowRankUpdate;

/** Some rows of a low-rank update as factors: {@code s b a} with b [rows, r] and a [r, k]. */
@SuppressWarnings("ArrayRecordComponent") // As in FactorVectors.
record FactorRows(double[][] b, double[][] a, double scaling) {
  /** Reads rows {@code from} to {@code from + count}; k must be an int. */
  static FactorRows read(LowRankUpdate update, long from, int count) {
    int r = Math.toIntExact(update.rank());
    int k = Math.toIntExact(update.in());
    double[][] a = new double[r][k];
    for (int j = 0; j < r; j++) {
      update.a().read((long) j * k, a[j], 0, k);
    }
    double[][] b = new double[count][r];
    for (int row = 0; row < count; row++) {
      update.b().read((from + row) * r, b[row], 0, r);
    }
    return new FactorRows(b, a, update.scaling());
  }

  /** Adds {@code factor s b a}. */
  void addTo(double[][] sum, double factor) {
    for (int row = 0; row < b.length; row++) {
      for (int j = 0; j < a.length; j++) {
        FactorVectors.addScaled(factor * scaling * b[row][j], a[j], sum[row]);
      }
    }
  }

  /** {@code <s b a, x>}. */
  double inner(double[][] x) {
    double sum = 0;
    for (int row = 0; row < b.length; row++) {
      for (int j = 0; j < a.length; j++) {
        sum += b[row][j] * InnerProduct.of(a[j], x[row]);
      }
    }
    return scaling * sum;
  }
}
