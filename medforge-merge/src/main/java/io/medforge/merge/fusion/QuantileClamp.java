package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import java.util.Arrays;

/** Clamps two factors to plus and minus a quantile of their entries, in float, as torch does. */
final class QuantileClamp {
  /** {@code torch.quantile} takes no more. */
  private static final int MAX_ENTRIES = 16_000_000;

  private QuantileClamp() {}

  static void apply(double[][] columns, double[][] rows, double quantile, String layer) {
    float high = quantile(entries(columns, rows, layer), (float) quantile);
    clamp(columns, high);
    clamp(rows, high);
  }

  /**
   * {@code torch.quantile(values, q)} with linear interpolation; sorts its argument. As running
   * torch 2.15 shows, q is a float, the rank a double, its fraction a float again, and the
   * interpolation starts from the nearer end and rounds once.
   */
  static float quantile(float[] values, float q) {
    Arrays.sort(values);
    double rank = (double) q * (values.length - 1);
    int below = (int) Math.floor(rank);
    float weight = (float) (rank - below);
    float from = values[below];
    float to = values[(int) Math.ceil(rank)];
    float step = to - from;
    return weight < 0.5f
        ? (float) ((double) weight * step + from)
        : (float) (to - (double) step * (1 - weight));
  }

  private static float[] entries(double[][] columns, double[][] rows, String layer) {
    long count = (long) columns.length * columns[0].length + (long) rows.length * rows[0].length;
    if (count > MAX_ENTRIES) {
      throw new IncompatiblePluginsException(
          "expected at most "
              + MAX_ENTRIES
              + " entries to clamp, as torch.quantile, found "
              + count
              + ", at layer "
              + layer);
    }
    float[] entries = new float[(int) count];
    int at = 0;
    for (double[][] factor : new double[][][] {columns, rows}) {
      for (double[] vector : factor) {
        for (double value : vector) {
          entries[at++] = (float) value;
        }
      }
    }
    return entries;
  }

  private static void clamp(double[][] factor, float high) {
    for (double[] vector : factor) {
      for (int i = 0; i < vector.length; i++) {
        // In torch's order: with a negative quantile the upper bound wins.
        vector[i] = Math.min(Math.max((float) vector[i], -high), high);
      }
    }
  }
}
