package io.medforge.merge.fusion;

import io.medforge.plugin.LowRankUpdate;
import java.util.Arrays;

/**
 * {@code sum_j left_j right_j^T}, row by row, in double, each element rounded once to float. Holds
 * the factors in double, 8 r (d + k) bytes, and never more of the product than a read asks for.
 */
final class ProductElements implements ComputedTensor.Elements {
  private final double[][] left;
  private final double[][] right;
  private final int columns;

  private ProductElements(double[][] left, double[][] right) {
    this.left = left;
    this.right = right;
    this.columns = right[0].length;
  }

  /** {@code sum_j values_j left_j right_j^T}; the vectors are kept, not copied. */
  static ProductElements of(double[][] left, double[][] right, double[] values) {
    double[][] scaled = new double[left.length][];
    for (int j = 0; j < left.length; j++) {
      scaled[j] = left[j].clone();
      for (int i = 0; i < scaled[j].length; i++) {
        scaled[j][i] *= values[j];
      }
    }
    return new ProductElements(scaled, right);
  }

  /** {@code s B A}, or its transpose where the base stores it so. */
  static ProductElements of(String layer, LowRankUpdate update) {
    int r = ProductSpaceRule.length(layer, "rank", update.rank());
    double[][] b = new double[r][ProductSpaceRule.length(layer, "output width", update.out())];
    double[][] a = new double[r][ProductSpaceRule.length(layer, "input width", update.in())];
    LowRankFactors.readColumns(update.b(), b, 0, r);
    LowRankFactors.readRows(update.a(), a, 0, r);
    for (double[] column : b) {
      for (int i = 0; i < column.length; i++) {
        column[i] *= update.scaling();
      }
    }
    return update.layout() == LowRankUpdate.Layout.OUT_IN
        ? new ProductElements(b, a)
        : new ProductElements(a, b);
  }

  @Override
  public void compute(long from, float[] into, int offset, int count) {
    double[] sum = new double[columns];
    for (int done = 0; done < count; ) {
      int row = (int) ((from + done) / columns);
      int start = (int) ((from + done) % columns);
      int n = Math.min(count - done, columns - start);
      multiply(row, sum, start, start + n);
      for (int i = 0; i < n; i++) {
        into[offset + done + i] = (float) sum[start + i];
      }
      done += n;
    }
  }

  /** A row of the product; four terms at a time, added in order. */
  private void multiply(int row, double[] sum, int from, int to) {
    Arrays.fill(sum, from, to, 0);
    int j = 0;
    for (; j + 4 <= left.length; j += 4) {
      add(
          sum,
          left[j][row],
          right[j],
          left[j + 1][row],
          right[j + 1],
          left[j + 2][row],
          right[j + 2],
          left[j + 3][row],
          right[j + 3],
          from,
          to);
    }
    for (; j < left.length; j++) {
      double w = left[j][row];
      double[] x = right[j];
      for (int i = from; i < to; i++) {
        sum[i] = sum[i] + w * x[i];
      }
    }
  }

  private static void add(
      double[] sum,
      double w,
      double[] x,
      double v,
      double[] y,
      double u,
      double[] z,
      double t,
      double[] q,
      int from,
      int to) {
    for (int i = from; i < to; i++) {
      sum[i] = sum[i] + w * x[i] + v * y[i] + u * z[i] + t * q[i];
    }
  }
}
