package io.medforge.merge.mixture;

import java.util.Arrays;

/**
 * The proportions w of a finite mixture that make given observations most likely: arithmetic on
 * arrays, free of plugins. Not thread-safe; one instance, one problem.
 */
final class MixtureProportions {
  /*
   * Maximise f(w) = sum_t c_t log (L w)_t over the simplex, L [T, n] with each row's largest entry 1
   * (scaling a row moves f by a constant), c_t shares that sum to 1. f is concave, so a point is the
   * optimum exactly if it meets the KKT conditions: with g_j = sum_t c_t L_tj / (L w)_t, no g_j exceeds
   * 1. max g - 1 is more than a
   * test: by Jensen f(w*) - f(w) <= log max g, so it bounds what is still to be won.
   *
   * EM (Dempster, Laird and Rubin 1977) sets w_j <- w_j g_j: monotone, simplex kept by itself, but it
   * crawls towards weights that belong at zero. So a few EM steps find the region and then Newton steps
   * finish, as in mixSQP (Kim, Carbonetto, Stephens and Anitescu, J. Comp. Graph. Stat. 2020): the
   * sum-to-one constraint is traded for the term + sum w, which has the same optimum, and the quadratic
   * model with Hessian H = sum_t c_t L_t L_t' / (L w)_t^2 is minimised over y >= 0. As H w = g, that
   * is the small problem min 1/2 y'Hy - (2g - 1)'y, solved by Lawson and Hanson's active set method. A
   * small multiple of the identity, centred at w, makes it strictly convex where plugins are copies.
   *
   * A Newton step is taken only if f rises enough (Armijo), else it is halved, else EM steps instead:
   * f never falls. Near the optimum f cannot resolve what the gap still can (f moves with the square),
   * so there a step also counts if f stays equal to rounding and the gap shrinks.
   */
  private static final int FIRST_EM_STEPS = 3;
  private static final int MAX_HALVINGS = 20;
  private static final double ARMIJO = 1e-4;
  private static final double RIDGE = 1e-10;
  private static final double ROUNDING = 1e-14;

  private final double[] likelihood;
  private final int n;
  private final double[] shares;
  private Point at;
  private int iterations;

  /** A point on the simplex with f and its gradient there. */
  private static final class Point {
    final double[] w;
    final double value;
    final double[] g;

    Point(double[] w, double value, double[] g) {
      this.w = w;
      this.value = value;
      this.g = g;
    }

    /** max g - 1: at least 0 but for rounding. */
    double gap() {
      return Arrays.stream(g).max().orElseThrow() - 1;
    }
  }

  private MixtureProportions(double[] likelihood, double[] counts, int n) {
    this.likelihood = likelihood;
    this.n = n;
    double total = Arrays.stream(counts).sum();
    this.shares = Arrays.stream(counts).map(count -> count / total).toArray();
    double[] start = new double[n];
    Arrays.fill(start, 1.0 / n);
    this.at = evaluate(start);
  }

  /**
   * Finds the optimum, starting from equal weights.
   *
   * @param likelihood L [T, n] row-major, non-negative, each row's maximum 1
   * @param counts T numbers, positive: how often each row counts
   * @param n the number of components
   * @param gap the KKT gap to reach
   * @param maxIterations where to give up; the solution's gap then exceeds {@code gap}
   * @return the search where it ended
   */
  static MixtureProportions maximise(
      double[] likelihood, double[] counts, int n, double gap, int maxIterations) {
    MixtureProportions search = new MixtureProportions(likelihood, counts, n);
    while (search.at.gap() > gap && search.iterations < maxIterations) {
      search.step();
    }
    search.compareWithCorners();
    return search;
  }

  /** w, on the simplex. */
  double[] weights() {
    return at.w.clone();
  }

  /** f(w), relative to the row scaling. */
  double value() {
    return at.value;
  }

  /** max g - 1, at least 0. */
  double kktGap() {
    return Math.max(at.gap(), 0);
  }

  /** EM and Newton steps taken. */
  int iterations() {
    return iterations;
  }

  private void step() {
    iterations++;
    if (iterations <= FIRST_EM_STEPS || !newton()) {
      double[] w = new double[n];
      for (int j = 0; j < n; j++) {
        w[j] = at.w[j] * at.g[j];
      }
      at = evaluate(normalised(w));
    }
  }

  /**
   * Rounding may leave the end a hair below a corner; one component alone is never to be better.
   */
  private void compareWithCorners() {
    for (int j = 0; j < n; j++) {
      double[] corner = new double[n];
      corner[j] = 1;
      Point single = evaluate(corner);
      if (single.value > at.value) {
        at = single;
      }
    }
  }

  private Point evaluate(double[] w) {
    double[] g = new double[n];
    double sum = 0;
    for (int t = 0, start = 0; t < shares.length; t++, start += n) {
      double mixed = 0;
      for (int j = 0; j < n; j++) {
        mixed += likelihood[start + j] * w[j];
      }
      sum += shares[t] * StrictMath.log(mixed);
      double inverse = shares[t] / mixed;
      for (int j = 0; j < n; j++) {
        g[j] += likelihood[start + j] * inverse;
      }
    }
    return new Point(w, sum, g);
  }

  private boolean newton() {
    double[] y = nonNegativeMinimum(curvature(), at);
    double slope = 0;
    for (int j = 0; j < n; j++) {
      slope += (at.g[j] - 1) * (y[j] - at.w[j]);
    }
    if (!(slope > 0)) {
      return false;
    }
    double length = 1;
    for (int halving = 0; halving <= MAX_HALVINGS; halving++, length /= 2) {
      double[] w = new double[n];
      for (int j = 0; j < n; j++) {
        w[j] = length == 1 ? y[j] : at.w[j] + length * (y[j] - at.w[j]);
      }
      Point next = evaluate(normalised(w));
      if (rises(next, ARMIJO * length * slope)) {
        at = next;
        return true;
      }
    }
    return false;
  }

  private boolean rises(Point next, double enough) {
    if (!Double.isFinite(next.value) || !Double.isFinite(next.gap())) {
      return false;
    }
    boolean higher = next.value > at.value && next.value >= at.value + enough;
    return higher || (next.value >= at.value - ROUNDING && next.gap() < at.gap());
  }

  /** H + ridge, row-major [n, n]. */
  private double[] curvature() {
    double[] h = new double[n * n];
    double[] row = new double[n];
    for (int t = 0, start = 0; t < shares.length; t++, start += n) {
      double mixed = 0;
      for (int j = 0; j < n; j++) {
        mixed += likelihood[start + j] * at.w[j];
      }
      double inverse = 1 / mixed;
      for (int j = 0; j < n; j++) {
        row[j] = likelihood[start + j] * inverse;
      }
      for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
          h[i * n + j] += shares[t] * row[i] * row[j];
        }
      }
    }
    double largest = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        h[j * n + i] = h[i * n + j];
      }
      largest = Math.max(largest, h[i * n + i]);
    }
    for (int i = 0; i < n; i++) {
      h[i * n + i] += RIDGE * largest;
    }
    return h;
  }

  private double[] nonNegativeMinimum(double[] h, Point from) {
    // b = (H + ridge) w + (g - 1), which the ridge makes a little more than 2g - 1.
    double[] b = new double[n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        b[i] += h[i * n + j] * from.w[j];
      }
      b[i] += from.g[i] - 1;
    }
    return NonNegativeQuadratic.minimise(h, b);
  }

  private static double[] normalised(double[] w) {
    double sum = 0;
    for (double x : w) {
      sum += x;
    }
    for (int j = 0; j < w.length; j++) {
      w[j] /= sum;
    }
    return w;
  }
}
