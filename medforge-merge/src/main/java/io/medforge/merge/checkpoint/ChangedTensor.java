package io.medforge.merge.checkpoint;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.kernel.MatrixFactors;
import io.medforge.merge.kernel.ProductSvd;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * What training changed at one tensor: the difference, computed whenever it is read.
 *
 * @param name the tensor's
 * @param difference trained minus base, in F32
 * @param trained the tensor as trained
 * @param cancelled asked for every block that is read
 */
record ChangedTensor(String name, Tensor difference, Tensor trained, BooleanSupplier cancelled) {
  /** A decomposition: the update, and what of the difference it holds. */
  record Factored(LowRankUpdate update, MergeRecord.Layer layer) {}

  private static final int BLOCK = 16 * 1024;

  int rows() {
    return side(difference.shape().dimension(0));
  }

  int columns() {
    return side(difference.shape().elements() / difference.shape().dimension(0));
  }

  private int side(long length) {
    if (length > Integer.MAX_VALUE - 8) {
      throw new IncompatiblePluginsException(
          "expected sides of at most "
              + (Integer.MAX_VALUE - 8)
              + ", found "
              + length
              + ", at tensor "
              + name);
    }
    return (int) length;
  }

  /** The rank of factors: not above what the tensor can have. */
  int rank(int most) {
    return Math.min(most, Math.min(rows(), columns()));
  }

  /** What factoring holds beside the tiles of its sources. */
  long workingBytes(int most) {
    int rank = rank(most);
    long block = (long) Float.BYTES * Math.max(BLOCK, columns());
    long factors = (long) Double.BYTES * rank * ((long) rows() + columns());
    return MatrixFactors.bytes(rows(), columns(), rank) + block + factors;
  }

  /** What the factors take. */
  long factorBytes(int most, DType type) {
    return (long) rank(most) * ((long) rows() + columns()) * type.bits() / 8;
  }

  /** Whether any element differs. */
  boolean isChanged() {
    float[] block = new float[BLOCK];
    long elements = difference.shape().elements();
    for (long from = 0; from < elements; from += BLOCK) {
      int count = (int) Math.min(BLOCK, elements - from);
      read(from, block, count);
      for (int i = 0; i < count; i++) {
        if (block[i] != 0) {
          return true;
        }
      }
    }
    return false;
  }

  /** Kept whole: the squared norm of the difference, none of it lost. */
  MergeRecord.Layer whole() {
    float[] block = new float[BLOCK];
    long elements = difference.shape().elements();
    double energy = 0;
    for (long from = 0; from < elements; from += BLOCK) {
      int count = (int) Math.min(BLOCK, elements - from);
      read(from, block, count);
      for (int i = 0; i < count; i++) {
        energy += (double) block[i] * block[i];
      }
    }
    return new MergeRecord.Layer(0, energy, 0);
  }

  private void read(long from, float[] block, int count) {
    if (cancelled.getAsBoolean()) {
      throw new CancellationException("extraction cancelled at tensor " + name);
    }
    difference.read(from, block, 0, count);
  }

  /**
   * The leading singular vectors as factors, each of norm sqrt(sigma), scaling 1.
   *
   * @param most the most
   * @param keep the part of the energy that is enough; 1: all of the rank is used
   * @return empty if the rank does not keep that part
   */
  Optional<Factored> factored(int most, double keep, LowRankUpdate.Layout layout, DType type) {
    MatrixFactors factors =
        MatrixFactors.of(source(), rows(), columns(), rank(most), Math.max(1, BLOCK / columns()));
    ProductSvd svd = ProductSvd.of(factors.left(), factors.right(), factors.ones());
    double[] sigma = svd.singularValues();
    double[] tail = tails(sigma, factors.outside());
    double energy = tail[0];
    int kept = 0;
    while (kept < Math.min(rank(most), sigma.length)
        && sigma[kept] > svd.noise()
        && (keep == 1 || energy - tail[kept] < keep * energy)) {
      kept++;
    }
    if (kept == 0 || (keep < 1 && energy - tail[kept] < keep * energy)) {
      return Optional.empty();
    }
    ProductSvd.Vectors vectors = svd.vectors(kept);
    for (int j = 0; j < kept; j++) {
      scale(vectors.left()[j], Math.sqrt(sigma[j]));
      scale(vectors.right()[j], Math.sqrt(sigma[j]));
    }
    return Optional.of(
        new Factored(
            update(vectors, layout, type),
            new MergeRecord.Layer(kept, energy, Math.min(1, tail[kept] / energy))));
  }

  /** What is lost with each number of values kept, smallest first so that a long tail counts. */
  private static double[] tails(double[] sigma, double outside) {
    double[] tail = new double[sigma.length + 1];
    tail[sigma.length] = outside;
    for (int j = sigma.length - 1; j >= 0; j--) {
      tail[j] = tail[j + 1] + sigma[j] * sigma[j];
    }
    return tail;
  }

  private LowRankUpdate update(
      ProductSvd.Vectors vectors, LowRankUpdate.Layout layout, DType type) {
    boolean outIn = layout == LowRankUpdate.Layout.OUT_IN;
    double[][] b = outIn ? vectors.left() : vectors.right();
    double[][] a = outIn ? vectors.right() : vectors.left();
    int r = a.length;
    long[] aShape = outIn ? difference.shape().toArray() : new long[] {r, a[0].length};
    aShape[0] = r;
    long[] bShape = new long[aShape.length];
    Arrays.fill(bShape, 1);
    bShape[0] = b[0].length;
    bShape[1] = r;
    double[] rows = new double[r * a[0].length];
    double[] columns = new double[r * b[0].length];
    for (int j = 0; j < r; j++) {
      System.arraycopy(a[j], 0, rows, j * a[0].length, a[0].length);
      for (int i = 0; i < b[0].length; i++) {
        columns[i * r + j] = b[j][i];
      }
    }
    return new LowRankUpdate(
        Tensor.encode(type, Shape.of(aShape), rows),
        Tensor.encode(type, Shape.of(bShape), columns),
        1,
        layout);
  }

  private MatrixFactors.Source source() {
    int columns = columns();
    return new MatrixFactors.Source() {
      @Override
      public void read(int first, int count, float[] into) {
        ChangedTensor.this.read((long) first * columns, into, count * columns);
      }

      @Override
      public void read(int index, double[] into) {
        difference.read((long) index * columns, into, 0, columns);
      }
    };
  }

  private static void scale(double[] x, double factor) {
    for (int i = 0; i < x.length; i++) {
      x[i] *= factor;
    }
  }
}
