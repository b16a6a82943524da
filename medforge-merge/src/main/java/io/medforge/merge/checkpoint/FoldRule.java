package io.medforge.merge.checkpoint;

import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Adds updates to a weight: each element of the sum in double, in the order of the updates, rounded
 * to float once.
 *
 * @param updates what is added, low-rank or dense
 * @param coefficients what each is multiplied by, beside its scaling
 */
@SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
record FoldRule(List<Update> updates, double[] coefficients) implements TensorRule {
  /** Adds elements {@code from} on of one update to sums. */
  private interface Addend {
    void addTo(double[] sums, long from, int count);
  }

  @Override
  public TileRule prepare(TensorSources sources) {
    List<Addend> addends = new ArrayList<>();
    for (int i = 0; i < updates.size(); i++) {
      addends.add(addend(updates.get(i), coefficients[i]));
    }
    return (from, x, out, count) -> {
      double[] sums = new double[count];
      for (int i = 0; i < count; i++) {
        sums[i] = x[0][i];
      }
      addends.forEach(addend -> addend.addTo(sums, from, count));
      for (int i = 0; i < count; i++) {
        out[i] = (float) sums[i];
      }
    };
  }

  private static Addend addend(Update update, double coefficient) {
    if (update instanceof LowRankUpdate lowRank) {
      return Product.of(lowRank, coefficient);
    }
    Tensor delta = ((DenseUpdate) update).delta();
    return (sums, from, count) -> {
      float[] values = new float[count];
      delta.read(from, values, 0, count);
      for (int i = 0; i < count; i++) {
        sums[i] += coefficient * values[i];
      }
    };
  }

  /** Tiles are computed in order. */
  @Override
  public boolean isOrderFree() {
    return false;
  }

  /** The factors in double, and a tile's sums. */
  @Override
  public long preparationBytes(int sources) {
    long bytes = 2L * Double.BYTES * TilePool.TILE;
    for (Update update : updates) {
      if (update instanceof LowRankUpdate lowRank) {
        bytes += Double.BYTES * lowRank.rank() * (lowRank.out() + lowRank.in());
      }
    }
    return bytes;
  }

  @Override
  public String reading() {
    return "once";
  }

  /** The product of two factors as the base stores it, row by row: {@code left right}. */
  @SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
  private record Product(double[][] left, double[][] right) implements Addend {
    static Product of(LowRankUpdate update, double coefficient) {
      boolean outIn = update.layout() == LowRankUpdate.Layout.OUT_IN;
      int r = Math.toIntExact(update.rank());
      double[][] a = rows(update.a(), r, Math.toIntExact(update.in()));
      double[][] b = rows(update.b(), Math.toIntExact(update.out()), r);
      double factor = coefficient * update.scaling();
      double[][] left = outIn ? b : transposed(a);
      for (double[] row : left) {
        for (int p = 0; p < r; p++) {
          row[p] *= factor;
        }
      }
      return new Product(left, outIn ? a : transposed(b));
    }

    @Override
    public void addTo(double[] sums, long from, int count) {
      int columns = right[0].length;
      double[] line = new double[columns];
      for (int done = 0; done < count; ) {
        int row = (int) ((from + done) / columns);
        int first = (int) ((from + done) % columns);
        int end = Math.min(columns, first + count - done);
        Arrays.fill(line, first, end, 0);
        for (int p = 0; p < right.length; p++) {
          add(left[row][p], right[p], line, first, end);
        }
        for (int c = first; c < end; c++) {
          sums[done + c - first] += line[c];
        }
        done += end - first;
      }
    }

    private static void add(double w, double[] x, double[] into, int from, int to) {
      for (int c = from; c < to; c++) {
        into[c] += w * x[c];
      }
    }

    private static double[][] rows(Tensor tensor, int rows, int columns) {
      double[][] all = new double[rows][columns];
      for (int i = 0; i < rows; i++) {
        tensor.read((long) i * columns, all[i], 0, columns);
      }
      return all;
    }

    private static double[][] transposed(double[][] x) {
      double[][] t = new double[x[0].length][x.length];
      for (int i = 0; i < x.length; i++) {
        for (int j = 0; j < t.length; j++) {
          t[j][i] = x[i][j];
        }
      }
      return t;
    }
  }
}
