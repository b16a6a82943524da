package io.medforge.merge.kernel;

import java.util.Arrays;

/**
 * Squared distances of a point to fixed centres after a fixed linear map: y = F (x - mean), d_p =
 * |y - c_p|^2. Made once, asked often: O(f q / 2) for a triangular F and O(P q) for each point, and
 * no allocation. Immutable; each thread brings its own workspace.
 *
 * <p>f = features, q = coordinates, P = centres.
 */
public final class NearestCentres {
  /*
   * A sum over coordinates is a reduction, which a compiler may not reorder, hence not vectorise. So
   * both loops run the other way: over the P distances (or q coordinates) in the inside, four
   * coordinates at a time, each an independent sum in a fixed order. Columns of F and coordinates of
   * the centres are therefore stored one after another. A lower triangular F begins its column i at
   * row i; the zeros above are found once and left out.
   */
  private final int features;
  private final int coordinates;
  private final int centres;
  private final double[] mean;
  private final double[] columns;
  private final int[] firstRow;
  private final double[] transposed;

  /**
   * Prepares.
   *
   * @param mean [f]; copied
   * @param factor F, row-major [q, f]; copied
   * @param whitened the centres, row-major [P, q]; copied
   */
  public NearestCentres(double[] mean, double[] factor, double[] whitened) {
    this.features = mean.length;
    this.coordinates = factor.length / features;
    this.centres = whitened.length / coordinates;
    this.mean = mean.clone();
    this.columns = transpose(factor, coordinates, features);
    this.transposed = transpose(whitened, centres, coordinates);
    this.firstRow = new int[features];
    for (int i = 0; i < features; i++) {
      int row = 0;
      while (row < coordinates && columns[i * coordinates + row] == 0) {
        row++;
      }
      firstRow[i] = row;
    }
  }

  private static double[] transpose(double[] matrix, int rows, int width) {
    double[] transposed = new double[matrix.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < width; c++) {
        transposed[c * rows + r] = matrix[r * width + c];
      }
    }
    return transposed;
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
   * The number of coordinates.
   *
   * @return q
   */
  public int coordinates() {
    return coordinates;
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
   * The map alone.
   *
   * @param x a point, [f]
   * @param y receives F (x - mean), [q] from its start on
   */
  public void map(double[] x, double[] y) {
    Arrays.fill(y, 0, coordinates, 0);
    int i = 0;
    for (; i + 3 < features; i += 4) {
      int from = Math.min(Math.min(firstRow[i], firstRow[i + 1]), firstRow[i + 2]);
      add(
          y,
          Math.min(from, firstRow[i + 3]),
          i * coordinates,
          x[i] - mean[i],
          x[i + 1] - mean[i + 1],
          x[i + 2] - mean[i + 2],
          x[i + 3] - mean[i + 3]);
    }
    for (; i < features; i++) {
      add(y, firstRow[i], i * coordinates, x[i] - mean[i]);
    }
  }

  private void add(double[] y, int from, int at, double a, double b, double c, double d) {
    int q = coordinates;
    for (int r = from; r < q; r++) {
      y[r] +=
          a * columns[at + r]
              + b * columns[at + q + r]
              + c * columns[at + 2 * q + r]
              + d * columns[at + 3 * q + r];
    }
  }

  private void add(double[] y, int from, int at, double a) {
    for (int r = from; r < coordinates; r++) {
      y[r] += a * columns[at + r];
    }
  }

  /**
   * Squared distances of a point.
   *
   * @param x the point, [f]
   * @param y a workspace of at least q numbers; afterwards F (x - mean)
   * @param distances receives P squared distances from its start on
   */
  public void distances(double[] x, double[] y, double[] distances) {
    map(x, y);
    Arrays.fill(distances, 0, centres, 0);
    int i = 0;
    for (; i + 3 < coordinates; i += 4) {
      add(distances, i * centres, y[i], y[i + 1], y[i + 2], y[i + 3]);
    }
    for (; i < coordinates; i++) {
      for (int p = 0; p < centres; p++) {
        double a = y[i] - transposed[i * centres + p];
        distances[p] += a * a;
      }
    }
  }

  private void add(double[] distances, int at, double y0, double y1, double y2, double y3) {
    int n = centres;
    for (int p = 0; p < n; p++) {
      double a = y0 - transposed[at + p];
      double b = y1 - transposed[at + n + p];
      double c = y2 - transposed[at + 2 * n + p];
      double d = y3 - transposed[at + 3 * n + p];
      distances[p] += a * a + b * b + c * c + d * d;
    }
  }
}
