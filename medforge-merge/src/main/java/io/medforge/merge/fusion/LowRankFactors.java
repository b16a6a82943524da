package io.medforge.merge.fusion;

import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.stream.Stream;

/** Factors to vectors and back: b_j are the columns of B, a_j the rows of A. */
final class LowRankFactors {
  private static final int PIECE = 8192;

  private LowRankFactors() {}

  static Stream<Tensor> tensors(LowRankUpdate update) {
    return Stream.of(update.a(), update.b());
  }

  /** Reads the rows of A, each k long, into {@code rows[from]} on. */
  static void readRows(Tensor a, double[][] rows, int from, int count) {
    for (int j = 0; j < count; j++) {
      double[] row = rows[from + j];
      a.read((long) j * row.length, row, 0, row.length);
    }
  }

  /** Reads the columns of B, each d long, into {@code columns[from]} on, piece by piece. */
  static void readColumns(Tensor b, double[][] columns, int from, int count) {
    int d = columns[from].length;
    int step = Math.max(1, PIECE / count);
    double[] piece = new double[Math.min(d, step) * count];
    for (int row = 0; row < d; row += step) {
      int rows = Math.min(step, d - row);
      b.read((long) row * count, piece, 0, rows * count);
      for (int j = 0; j < count; j++) {
        double[] column = columns[from + j];
        for (int i = 0; i < rows; i++) {
          column[row + i] = piece[i * count + j];
        }
      }
    }
  }

  /**
   * An update from vectors; kernel axes and layout as in {@code like}.
   *
   * @param columns the columns of B, r vectors of length d
   * @param rows the rows of A, r vectors of length k
   */
  static LowRankUpdate write(
      double[][] columns,
      double[][] rows,
      LowRankUpdate like,
      DType dtype,
      double scaling,
      String layer) {
    int r = columns.length;
    int d = columns[0].length;
    long[] aShape = like.a().shape().toArray();
    aShape[0] = r;
    long[] bShape = like.b().shape().toArray();
    bShape[1] = r;
    TensorAssembly a = new TensorAssembly(dtype, Shape.of(aShape), "layer " + layer + ", factor A");
    for (double[] row : rows) {
      a.put(row, row.length);
    }
    TensorAssembly b = new TensorAssembly(dtype, Shape.of(bShape), "layer " + layer + ", factor B");
    int step = Math.max(1, PIECE / r);
    double[] piece = new double[Math.min(d, step) * r];
    for (int row = 0; row < d; row += step) {
      int count = Math.min(step, d - row);
      for (int j = 0; j < r; j++) {
        double[] column = columns[j];
        for (int i = 0; i < count; i++) {
          piece[i * r + j] = column[row + i];
        }
      }
      b.put(piece, count * r);
    }
    return new LowRankUpdate(a.tensor(), b.tensor(), scaling, like.layout());
  }
}
