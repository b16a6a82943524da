package io.medforge.merge.mixture;

import java.util.Arrays;

/**
 * min 1/2 y'Hy - b'y over y >= 0 for a small positive definite H: the active set method of Lawson
 * and Hanson, Solving Least Squares Problems (1974), chapter 23, on the normal equations.
 */
final class NonNegativeQuadratic {
  private static final double TOLERANCE = 1e-13;

  private final double[] h;
  private final double[] b;
  private final int n;
  private final boolean[] free;
  private final double[] y;

  private NonNegativeQuadratic(double[] h, double[] b) {
    this.h = h;
    this.b = b;
    this.n = b.length;
    this.free = new boolean[n];
    this.y = new double[n];
  }

  /**
   * Finds the minimum.
   *
   * @param h H, row-major [n, n], symmetric positive definite
   * @param b [n]
   * @return y, non-negative; the minimum to rounding, or a feasible point if the active set did not
   *     settle within 3n changes
   */
  static double[] minimise(double[] h, double[] b) {
    NonNegativeQuadratic problem = new NonNegativeQuadratic(h, b);
    for (int change = 0; change < 3 * problem.n; change++) {
      int steepest = problem.steepestBound();
      if (steepest < 0) {
        break;
      }
      problem.free[steepest] = true;
      problem.descend();
    }
    return problem.y;
  }

  /** The variable at zero that would grow fastest, or -1 if none would. */
  private int steepestBound() {
    double scale = Arrays.stream(b).map(Math::abs).max().orElse(0);
    int steepest = -1;
    double largest = TOLERANCE * scale;
    for (int i = 0; i < n; i++) {
      double slope = b[i];
      for (int j = 0; j < n; j++) {
        slope -= h[i * n + j] * y[j];
      }
      if (!free[i] && slope > largest) {
        largest = slope;
        steepest = i;
      }
    }
    return steepest;
  }

  /**
   * Moves to the minimum over the free variables, stopping and fixing one wherever it meets zero.
   */
  private void descend() {
    for (int round = 0; round <= n; round++) {
      double[] target = freeMinimum();
      double length = 1;
      for (int i = 0; i < n; i++) {
        if (free[i] && target[i] <= 0) {
          length = Math.min(length, reach(y[i], target[i]));
        }
      }
      boolean stopped = false;
      for (int i = 0; i < n; i++) {
        if (free[i]) {
          boolean meetsZero = target[i] <= 0 && reach(y[i], target[i]) <= length;
          y[i] = meetsZero ? 0 : Math.max(0, y[i] + length * (target[i] - y[i]));
          free[i] = !meetsZero;
          stopped |= meetsZero;
        }
      }
      if (!stopped) {
        return;
      }
    }
  }

  /** The part of the way from y to a target of at most zero that ends at zero. */
  private static double reach(double y, double target) {
    return y == 0 ? 0 : y / (y - target);
  }

  /** Solves H y = b over the free variables by Cholesky; the others are zero. */
  private double[] freeMinimum() {
    int[] index = new int[n];
    int m = 0;
    for (int i = 0; i < n; i++) {
      if (free[i]) {
        index[m++] = i;
      }
    }
    double[] l = new double[m * m];
    double[] x = new double[m];
    for (int i = 0; i < m; i++) {
      double right = b[index[i]];
      for (int j = 0; j <= i; j++) {
        double sum = h[index[i] * n + index[j]];
        for (int k = 0; k < j; k++) {
          sum -= l[i * m + k] * l[j * m + k];
        }
        // The ridge keeps pivots positive but for rounding.
        l[i * m + j] = i == j ? Math.sqrt(Math.max(sum, Double.MIN_NORMAL)) : sum / l[j * m + j];
      }
      for (int k = 0; k < i; k++) {
        right -= l[i * m + k] * x[k];
      }
      x[i] = right / l[i * m + i];
    }
    double[] full = new double[n];
    for (int i = m - 1; i >= 0; i--) {
      for (int k = i + 1; k < m; k++) {
        x[i] -= l[k * m + i] * x[k];
      }
      x[i] /= l[i * m + i];
      full[index[i]] = x[i];
    }
    return full;
  }
}
