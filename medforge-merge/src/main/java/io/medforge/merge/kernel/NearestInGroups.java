package io.medforge.merge.kernel;

import java.util.Arrays;

/**
 * The least squared distance of a point to the centres of each group after a fixed linear map, less
 * a number that all distances have in common: min over c of the group of |F (x - mean) - c|^2 - |F
 * (x - mean)|^2 = |c|^2 - 2 (F'c) (x - mean). The same minima as from all distances in double, at
 * half the memory traffic, and no allocation. Immutable; each thread brings its own workspace.
 *
 * <p>f = features, P = centres, G = groups.
 */
public final class NearestInGroups {
  /*
   * One point against P centres reads P f numbers once and does little with each, so memory is the
   * limit: 240 centres of 512 features are 1 MB in double, as much as a core's cache. So all are
   * read in float first, and in double only those that may still be the nearest: rounding moves a
   * float sum of f products by at most (f + 4) 2^-24 |x| |F'c| (Higham, Accuracy and Stability of
   * Numerical Algorithms, 2002, 3.1, and Cauchy-Schwarz) and what underflow takes, so whoever lies
   * above the least by more than both errors cannot be it. Where floats overflow nobody is ruled
   * out.
   *
   * Each feature's column is an array of its own: C2 vectorises a loop over several arrays, but not
   * one over several places of the same array, whose alignments differ (13 us against 59 us here;
   * four columns at a time, on JDK 17 and 25).
   */
  private static final int STRIDE = 4;
  private static final double UNIT = 0x1p-24;

  private final int features;
  private final int groups;
  private final int[] group;
  private final double[] mean;
  private final double[] rows;
  private final double[] squares;
  private final double[] errors;
  private final float[][] columns;

  /**
   * Prepares.
   *
   * @param mean [f]; copied
   * @param factor F, row-major [q, f]; only read
   * @param whitened the centres, row-major [P, q]; only read
   * @param group the group of each centre, 0 to G - 1, each at least once; copied
   */
  public NearestInGroups(double[] mean, double[] factor, double[] whitened, int[] group) {
    this.features = mean.length;
    this.mean = mean.clone();
    this.group = group.clone();
    this.groups = Arrays.stream(group).max().orElse(-1) + 1;
    int centres = group.length;
    int q = factor.length / features;
    this.rows = new double[Math.multiplyExact(centres, features)];
    this.columns = new float[features][centres];
    this.squares = new double[centres];
    this.errors = new double[centres];
    for (int p = 0; p < centres; p++) {
      for (int r = 0; r < q; r++) {
        double c = whitened[p * q + r];
        squares[p] += c * c;
        for (int i = 0; i < features; i++) {
          rows[p * features + i] -= 2 * c * factor[r * features + i];
        }
      }
      double norm = 0;
      for (int i = 0; i < features; i++) {
        double value = rows[p * features + i];
        columns[i][p] = (float) value;
        norm += value * value;
      }
      errors[p] = (features + 4) * UNIT * StrictMath.sqrt(norm);
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
    return group.length;
  }

  /**
   * The number of groups.
   *
   * @return G
   */
  public int groups() {
    return groups;
  }

  /**
   * The minima.
   *
   * @param x the point, [f] from its start on; overwritten with x - mean
   * @param rough a workspace of at least P numbers
   * @param bounds a workspace of at least G numbers
   * @param least receives G numbers from its start on, of any sign
   */
  public void of(double[] x, float[] rough, double[] bounds, double[] least) {
    double norm = 0;
    for (int i = 0; i < features; i++) {
      x[i] -= mean[i];
      norm += x[i] * x[i];
    }
    norm = StrictMath.sqrt(norm);
    roughly(x, rough);
    Arrays.fill(bounds, 0, groups, Double.POSITIVE_INFINITY);
    Arrays.fill(least, 0, groups, Double.POSITIVE_INFINITY);
    for (int p = 0; p < group.length; p++) {
      double atMost = squares[p] + rough[p] + slack(p, rough[p], norm);
      if (atMost < bounds[group[p]]) {
        bounds[group[p]] = atMost;
      }
    }
    for (int p = 0; p < group.length; p++) {
      double atLeast = squares[p] + rough[p] - slack(p, rough[p], norm);
      if (!(atLeast > bounds[group[p]])) {
        least[group[p]] = Math.min(least[group[p]], squares[p] + product(x, p * features));
      }
    }
  }

  private double slack(int p, float found, double norm) {
    return Math.abs(found) <= Float.MAX_VALUE
        ? norm * errors[p] + features * (1 + norm) * Float.MIN_NORMAL
        : Double.POSITIVE_INFINITY;
  }

  /** Four sums, so that one addition need not wait for the one before. */
  private double product(double[] x, int at) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = 0;
    for (; i + 3 < features; i += 4) {
      a += x[i] * rows[at + i];
      b += x[i + 1] * rows[at + i + 1];
      c += x[i + 2] * rows[at + i + 2];
      d += x[i + 3] * rows[at + i + 3];
    }
    for (; i < features; i++) {
      a += x[i] * rows[at + i];
    }
    return a + b + (c + d);
  }

  /** In float, four features at a time: the loop over centres vectorises. */
  private void roughly(double[] x, float[] rough) {
    Arrays.fill(rough, 0, group.length, 0);
    int i = 0;
    for (; i + STRIDE <= features; i += STRIDE) {
      add(rough, i, (float) x[i], (float) x[i + 1], (float) x[i + 2], (float) x[i + 3]);
    }
    for (; i < features; i++) {
      float factor = (float) x[i];
      float[] column = columns[i];
      for (int p = 0; p < column.length; p++) {
        rough[p] += factor * column[p];
      }
    }
  }

  private void add(float[] rough, int i, float x0, float x1, float x2, float x3) {
    float[] c0 = columns[i];
    float[] c1 = columns[i + 1];
    float[] c2 = columns[i + 2];
    float[] c3 = columns[i + 3];
    for (int p = 0; p < c0.length; p++) {
      rough[p] += (x0 * c0[p] + x1 * c1[p]) + (x2 * c2[p] + x3 * c3[p]);
    }
  }
}
