package io.medforge.merge.alignment;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.ProductSvd;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.Arrays;

/**
 * The factors of an update as vectors: the columns b_j of B, d long, and the rows a_j of A, k long.
 */
@SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays; nobody compares these.
record FactorVectors(double[][] b, double[][] a) {
  private static final int LONGEST = Integer.MAX_VALUE - 8;

  /** Reads B and A without the scaling. */
  static FactorVectors read(String where, LowRankUpdate update) {
    int r = length(where, "rank", update.rank());
    int d = length(where, "output width", update.out());
    int k = length(where, "input width", update.in());
    double[][] a = new double[r][k];
    double[][] b = new double[r][d];
    for (int j = 0; j < r; j++) {
      update.a().read((long) j * k, a[j], 0, k);
    }
    double[] row = new double[r];
    for (int i = 0; i < d; i++) {
      update.b().read((long) i * r, row, 0, r);
      for (int j = 0; j < r; j++) {
        b[j][i] = row[j];
      }
    }
    return new FactorVectors(b, a);
  }

  /** The singular value decomposition of {@code s B A}; left unscaled vectors are overwritten. */
  static Singular decompose(String where, LowRankUpdate update) {
    FactorVectors vectors = read(where, update);
    double[] scaling = new double[vectors.b.length];
    Arrays.fill(scaling, update.scaling());
    try {
      ProductSvd svd = ProductSvd.of(vectors.b, vectors.a, scaling);
      double[] values = svd.singularValues();
      int rank = 0;
      while (rank < values.length && values[rank] > svd.noise()) {
        rank++;
      }
      ProductSvd.Vectors found = svd.vectors(rank);
      return new Singular(found.left(), Arrays.copyOf(values, rank), found.right());
    } catch (ArithmeticException e) {
      IncompatiblePluginsException refusal =
          new IncompatiblePluginsException(e.getMessage() + ", at " + where);
      refusal.initCause(e);
      throw refusal;
    }
  }

  /** An update in double of scaling 1; kernel axes and layout as in {@code like}. */
  LowRankUpdate update(LowRankUpdate like) {
    int r = b.length;
    int d = b[0].length;
    int k = a[0].length;
    double[] rows = new double[Math.multiplyExact(r, k)];
    double[] columns = new double[Math.multiplyExact(r, d)];
    for (int j = 0; j < r; j++) {
      System.arraycopy(a[j], 0, rows, j * k, k);
      for (int i = 0; i < d; i++) {
        columns[i * r + j] = b[j][i];
      }
    }
    long[] aShape = like.a().shape().toArray();
    aShape[0] = r;
    long[] bShape = like.b().shape().toArray();
    bShape[1] = r;
    return new LowRankUpdate(
        Tensor.of(Shape.of(aShape), rows), Tensor.of(Shape.of(bShape), columns), 1, like.layout());
  }

  /** {@code sum_p omega[q][p] x_p} for every column q of omega. */
  static double[][] turned(double[][] vectors, double[][] omega) {
    double[][] turned = new double[omega.length][vectors[0].length];
    for (int q = 0; q < omega.length; q++) {
      for (int p = 0; p < vectors.length; p++) {
        addScaled(omega[q][p], vectors[p], turned[q]);
      }
    }
    return turned;
  }

  static void addScaled(double factor, double[] x, double[] into) {
    for (int t = 0; t < x.length; t++) {
      into[t] += factor * x[t];
    }
  }

  private static int length(String where, String what, long value) {
    if (value > LONGEST) {
      throw new IncompatiblePluginsException(
          "expected a " + what + " of at most " + LONGEST + ", found " + value + ", at " + where);
    }
    return (int) value;
  }

  /** Delta = sum_j values_j left_j right_j^T over its numerical rank, 0 if it is zero. */
  @SuppressWarnings("ArrayRecordComponent") // As above.
  record Singular(double[][] left, double[] values, double[][] right) {
    int rank() {
      return values.length;
    }

    /** B^T B = A A^T = diag(values), with zero vectors up to {@code rank}. */
    FactorVectors balanced(int rank, int d, int k) {
      double[][] b = new double[rank][d];
      double[][] a = new double[rank][k];
      for (int j = 0; j < values.length; j++) {
        double root = Math.sqrt(values[j]);
        addScaled(root, left[j], b[j]);
        addScaled(root, right[j], a[j]);
      }
      return new FactorVectors(b, a);
    }
  }
}
