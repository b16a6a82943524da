package io.medforge.merge.alignment;

import io.medforge.merge.kernel.InnerProduct;
import io.medforge.plugin.LowRankUpdate;
import java.util.Arrays;

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
    double[] rows = new double[Math.multiplyExact(count, r)];
    update.b().read(from * r, rows, 0, rows.length);
    double[][] b = new double[count][];
    for (int row = 0; row < count; row++) {
      b[row] = Arrays.copyOfRange(rows, row * r, (row + 1) * r);
    }
    return new FactorRows(b, a, update.scaling());
  }

  /** Adds {@code factor s b a}. */
  void addTo(double[][] sum, double factor) {
    double[] factors = new double[a.length];
    for (int row = 0; row < b.length; row++) {
      for (int j = 0; j < a.length; j++) {
        factors[j] = factor * scaling * b[row][j];
      }
      addAll(a, factors, sum[row]);
    }
  }

  /** {@code <s b a, x>}, as the sum of {@code <a_j, b_j^T x>}: most of it is vector code then. */
  double inner(double[][] x) {
    double sum = 0;
    double[] column = new double[b.length];
    for (int j = 0; j < a.length; j++) {
      for (int row = 0; row < b.length; row++) {
        column[row] = b[row][j];
      }
      double[] product = new double[a[j].length];
      addAll(x, column, product);
      sum += InnerProduct.of(a[j], product);
    }
    return scaling * sum;
  }

  /** Adds {@code sum_j factors_j x_j}, four at a time. */
  private static void addAll(double[][] x, double[] factors, double[] into) {
    int j = 0;
    for (; j + 4 <= factors.length; j += 4) {
      add(
          x[j],
          factors[j],
          x[j + 1],
          factors[j + 1],
          x[j + 2],
          factors[j + 2],
          x[j + 3],
          factors[j + 3],
          into);
    }
    for (; j < factors.length; j++) {
      FactorVectors.addScaled(factors[j], x[j], into);
    }
  }

  private static void add(
      double[] x,
      double f,
      double[] y,
      double g,
      double[] z,
      double h,
      double[] w,
      double i,
      double[] into) {
    for (int t = 0; t < into.length; t++) {
      into[t] += (f * x[t] + g * y[t]) + (h * z[t] + i * w[t]);
    }
  }
}
