package io.medforge.merge.kernel;

import java.util.Arrays;

/**
 * Squared distances of a point to fixed centres after a fixed linear map, less a number that they
 * all have in common: s_p = |F (x - mean) - c_p|^2 - |F (x - mean)|^2. Who only compares distances
 * needs no more, and needs no map of the point: s_p = |c_p|^2 - 2 (F' c_p) (x - mean), O(P f) for
 * each point, with no allocation. Immutable; each thread brings its own workspace.
 *
 * <p>f = features, q = coordinates, P = centres.
 */
public final class RelativeDistances {
  /*
   * The loops run over the P centres in the inside, eight features at a time, each centre an
   * independent sum in a fixed order: that vectorises, where a sum over features may not be
   * reordered. F' c_p is therefore stored feature by feature.
   */
  private static final int STRIDE = 8;

  private final int features;
  private final int centres;
  private final double[] mean;
  private final double[] columns;
  private final double[] squares;

  /**
   * Prepares.
   *
   * @param mean [f]; copied
   * @param factor F, row-major [q, f]; only read
   * @param whitened the centres c, row-major [P, q]; only read
   */
  public RelativeDistances(double[] mean, double[] factor, double[] whitened) {
    this.features = mean.length;
    int coordinates = factor.length / features;
    this.centres = whitened.length / coordinates;
    this.mean = mean.clone();
    this.columns = new double[Math.multiplyExact(features, centres)];
    this.squares = new double[centres];
    double[] sums = new double[features];
    for (int p = 0; p < centres; p++) {
      Arrays.fill(sums, 0);
      for (int r = 0; r < coordinates; r++) {
        double c = whitened[p * coordinates + r];
        squares[p] += c * c;
        for (int i = 0; i < features; i++) {
          sums[i] += c * factor[r * features + i];
        }
      }
      for (int i = 0; i < features; i++) {
        columns[i * centres + p] = -2 * sums[i];
      }
    }
  }

  /**
   * The number of features.
   *
   * @return f
   */
  public int features() {
    return features;
  }

  /**
   * The number of centres.
   *
   * @return P
   */
  public int centres() {
    return centres;
  }

  /**
   * Distances of a point, but for what they have in common.
   *
   * @param x the point, [f] from its start on; overwritten with x - mean
   * @param relative receives P numbers from its start on, of any sign
   */
  public void of(double[] x, double[] relative) {
    for (int i = 0; i < features; i++) {
      x[i] -= mean[i];
    }
    System.arraycopy(squares, 0, relative, 0, centres);
    int i = 0;
    for (; i + STRIDE <= features; i += STRIDE) {
      add(relative, x, i);
    }
    for (; i < features; i++) {
      int at = i * centres;
      for (int p = 0; p < centres; p++) {
        relative[p] += x[i] * columns[at + p];
      }
    }
  }

  private void add(double[] relative, double[] x, int i) {
    int n = centres;
    int at = i * n;
    double x0 = x[i];
    double x1 = x[i + 1];
    double x2 = x[i + 2];
    double x3 = x[i + 3];
    double x4 = x[i + 4];
    double x5 = x[i + 5];
    double x6 = x[i + 6];
    double x7 = x[i + 7];
    for (int p = 0; p < n; p++) {
      relative[p] +=
          x0 * columns[at + p]
              + x1 * columns[at + n + p]
              + x2 * columns[at + 2 * n + p]
              + x3 * columns[at + 3 * n + p]
              + x4 * columns[at + 4 * n + p]
              + x5 * columns[at + 5 * n + p]
              + x6 * columns[at + 6 * n + p]
              + x7 * columns[at + 7 * n + p];
    }
  }
}
