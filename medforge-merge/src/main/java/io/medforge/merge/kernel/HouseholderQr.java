package io.medforge.merge.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * M = Q R of an m x n matrix M, with Q of min(m, n) orthonormal columns kept as reflections and R
 * upper trapezoidal. Stable column by column for any M, rank-deficient or ill-conditioned. Not
 * thread-safe while it is made, immutable after.
 *
 * <p>Householder, Unitary triangularization of a nonsymmetric matrix, JACM 1958; Golub and Van
 * Loan, Matrix Computations, section 5.2; blocks of reflections: Schreiber and Van Loan, A
 * storage-efficient WY representation, SISSC 1989.
 */
public final class HouseholderQr {
  /*
   * Reflection i is I - tau_i v_i v_i^T with v_i zero above i and one at i; the rest of v_i lies
   * below the diagonal of column i, R on and above it. Q is never formed: applying the reflections
   * to the few vectors wanted costs less and loses nothing. Gram-Schmidt, even twice, is as fast but
   * needs a threshold to tell a dependent column from noise.
   *
   * Eight reflections at a time are I - V T V^T with T upper triangular, as stable as one by one
   * (LAPACK does the same). What is then subtracted from a vector is a sum of eight, which C2
   * turns into vector code that reads and writes the vector twice, not eight times. To multiply
   * many vectors it pays to join all reflections into one block: the vectors end where R does, so
   * that V^T y is short then. Long columns are visited TILE rows at a time, for a core's cache to
   * hold what all of them have there.
   */
  private static final int BLOCK = 8;

  private static final int TILE = 512;

  private static final int MANY = 3 * BLOCK;

  private final double[][] columns;
  private final int length;
  private final int size;
  private final List<Block> blocks = new ArrayList<>();

  private HouseholderQr(double[][] columns, int length) {
    this.columns = columns;
    this.length = length;
    this.size = Math.min(length, columns.length);
    for (int start = 0; start < size; start += BLOCK) {
      Block block = factorise(start, Math.min(size, start + BLOCK));
      apply(block, columns, block.end, length, true);
      blocks.add(block);
    }
  }

  /**
   * Factorises.
   *
   * @param columns the columns of M, each {@code length} long; overwritten and kept
   * @param length m
   * @return the factorisation
   */
  public static HouseholderQr of(double[][] columns, int length) {
    return new HouseholderQr(columns, length);
  }

  /**
   * The number of columns of Q.
   *
   * @return min(m, n)
   */
  public int size() {
    return size;
  }

  /**
   * An element of R.
   *
   * @param row 0 to {@link #size()} - 1
   * @param column 0 to n - 1
   * @return R[row, column], zero below the diagonal
   */
  public double r(int row, int column) {
    return row <= column ? columns[column][row] : 0;
  }

  /**
   * Multiplies by Q in place.
   *
   * @param vectors each m long; its first {@link #size()} elements are the vector, the others zero;
   *     overwritten with Q times the vector
   */
  public void multiply(double[][] vectors) {
    if (vectors.length > MANY) {
      apply(joined(), vectors, 0, size, false);
      return;
    }
    int to = size;
    for (int b = blocks.size() - 1; b >= 0; b--) {
      apply(blocks.get(b), vectors, 0, to, false);
      to = length;
    }
  }

  /** Reflections {@code start} to {@code end - 1} and their T. */
  private static final class Block {
    private final int start;
    private final int end;
    private final double[][] t;

    Block(int start, int end, double[][] t) {
      this.start = start;
      this.end = end;
      this.t = t;
    }
  }

  /** All blocks as one: T of two is {@code -T_1 (V_1^T V_2) T_2} above the diagonal blocks. */
  private Block joined() {
    double[][] t = new double[size][size];
    for (Block block : blocks) {
      for (int p = block.start; p < block.end; p++) {
        System.arraycopy(block.t[p - block.start], 0, t[p], block.start, block.t.length);
      }
      double[][] own = Arrays.copyOfRange(columns, block.start, block.end);
      double[][] inner = new double[block.start][own.length];
      for (int row = block.end; row < length; row += TILE) {
        int end = Math.min(length, row + TILE);
        for (int p = 0; p < block.start; p += 2) {
          InnerProduct.pair(columns[p], columns[p + 1], own, 0, row, end, inner[p], inner[p + 1]);
        }
      }
      for (int p = 0; p < block.start; p++) {
        for (int q = 0; q < own.length; q++) {
          inner[p][q] += columns[p][block.start + q];
          inner[p][q] += InnerProduct.of(columns[p], own[q], block.start + q + 1, block.end);
        }
      }
      for (int p = 0; p < block.start; p++) {
        for (int q = block.start; q < block.end; q++) {
          t[p][q] = -above(t[p], p, inner, block, q);
        }
      }
    }
    return new Block(0, size, t);
  }

  /** Element q of {@code (row of T_1) (V_1^T V_2) T_2}. */
  private static double above(double[] row, int p, double[][] inner, Block block, int q) {
    double sum = 0;
    for (int i = block.start; i <= q; i++) {
      double part = 0;
      for (int j = p; j < block.start; j++) {
        part += row[j] * inner[j][i - block.start];
      }
      sum += part * block.t[i - block.start][q - block.start];
    }
    return sum;
  }

  /** Makes the reflections of some columns. */
  private Block factorise(int start, int end) {
    double[][] t = new double[end - start][end - start];
    for (int i = start; i < end; i++) {
      double tau = reflect(columns[i], i);
      double[] v = columns[i];
      for (int j = i + 1; j < end; j++) {
        double[] y = columns[j];
        double factor = tau * (y[i] + InnerProduct.of(v, y, i + 1, length));
        y[i] -= factor;
        subtract(factor, v, y, i + 1, length);
      }
      addToTriangle(t, start, i, tau);
    }
    return new Block(start, end, t);
  }

  /** Column i of T: {@code -tau T V^T v_i} above the diagonal, tau on it. */
  private void addToTriangle(double[][] t, int start, int i, double tau) {
    int at = i - start;
    double[] inner = new double[at];
    for (int p = 0; p < at; p++) {
      double[] v = columns[start + p];
      inner[p] = v[i] + InnerProduct.of(v, columns[i], i + 1, length);
    }
    for (int p = 0; p < at; p++) {
      double sum = 0;
      for (int q = p; q < at; q++) {
        sum += t[p][q] * inner[q];
      }
      t[p][at] = -tau * sum;
    }
    t[at][at] = tau;
  }

  /** Makes the reflection that zeroes a column below {@code i}; returns tau. */
  private double reflect(double[] x, int i) {
    double below = InnerProduct.of(x, x, i + 1, length);
    if (below == 0) {
      return 0;
    }
    double norm = Math.sqrt(x[i] * x[i] + below);
    double beta = x[i] > 0 ? -norm : norm;
    double scale = 1 / (x[i] - beta);
    for (int t = i + 1; t < length; t++) {
      x[t] *= scale;
    }
    double tau = (beta - x[i]) / beta;
    x[i] = beta;
    return tau;
  }

  /**
   * Applies a block to the vectors from {@code from} on: {@code y -= V T V^T y}, or T^T.
   *
   * @param to where the vectors end: all that follows is zero
   */
  private void apply(Block block, double[][] vectors, int from, int to, boolean transposed) {
    double[][] products = products(block, vectors, from, to);
    double[][] t = block.t;
    double[][] factors = new double[vectors.length][t.length];
    for (int j = from; j < vectors.length; j++) {
      for (int p = 0; p < t.length; p++) {
        double sum = 0;
        for (int q = transposed ? 0 : p; q < (transposed ? p + 1 : t.length); q++) {
          sum += (transposed ? t[q][p] : t[p][q]) * products[q][j];
        }
        factors[j][p] = sum;
      }
      subtractTriangle(block, factors[j], vectors[j]);
    }
    for (int row = block.end; row < length; row += TILE) {
      for (int j = from; j < vectors.length; j++) {
        subtract(block, factors[j], vectors[j], row, Math.min(length, row + TILE));
      }
    }
  }

  /** V^T y: a row per reflection, a column per vector. */
  private double[][] products(Block block, double[][] vectors, int from, int to) {
    int start = block.start;
    double[][] products = new double[block.end - start][vectors.length];
    for (int row = block.end; row < to; row += TILE) {
      addProducts(block, vectors, from, row, Math.min(to, row + TILE), products);
    }
    for (int p = start; p < block.end; p++) {
      for (int j = from; j < vectors.length; j++) {
        products[p - start][j] +=
            vectors[j][p] + InnerProduct.of(columns[p], vectors[j], p + 1, block.end);
      }
    }
    return products;
  }

  /** Those of some rows below the block. */
  private void addProducts(
      Block block, double[][] vectors, int from, int row, int end, double[][] products) {
    int p = block.start;
    for (; p + 1 < block.end; p += 2) {
      int at = p - block.start;
      InnerProduct.pair(
          columns[p], columns[p + 1], vectors, from, row, end, products[at], products[at + 1]);
    }
    if (p < block.end) {
      for (int j = from; j < vectors.length; j++) {
        products[p - block.start][j] += InnerProduct.of(columns[p], vectors[j], row, end);
      }
    }
  }

  /** {@code y -= V factors} in the rows of the block's triangle. */
  private void subtractTriangle(Block block, double[] factors, double[] y) {
    for (int p = block.start; p < block.end; p++) {
      double factor = factors[p - block.start];
      y[p] -= factor;
      subtract(factor, columns[p], y, p + 1, block.end);
    }
  }

  /** {@code y -= V factors} in some rows below it. */
  private void subtract(Block block, double[] factors, double[] y, int row, int end) {
    int p = block.start;
    for (; p + 4 <= block.end; p += 4) {
      subtract(p, factors, p - block.start, y, row, end);
    }
    for (; p < block.end; p++) {
      subtract(factors[p - block.start], columns[p], y, row, end);
    }
  }

  private void subtract(int p, double[] factors, int at, double[] y, int row, int end) {
    double[] a = columns[p];
    double[] b = columns[p + 1];
    double[] c = columns[p + 2];
    double[] d = columns[p + 3];
    double f = factors[at];
    double g = factors[at + 1];
    double h = factors[at + 2];
    double i = factors[at + 3];
    for (int t = row; t < end; t++) {
      y[t] = y[t] - ((f * a[t] + g * b[t]) + (h * c[t] + i * d[t]));
    }
  }

  private static void subtract(double factor, double[] v, double[] y, int row, int end) {
    for (int t = row; t < end; t++) {
      y[t] -= factor * v[t];
    }
  }
}
