package io.medforge.plugin.branch;

import java.util.SplittableRandom;

/**
 * Standard normal numbers from 64-bit draws, the same on every JDK. Thread-safe; the source of the
 * draws need not be.
 */
final class Ziggurat {
  /*
   * Marsaglia and Tsang, The Ziggurat Method for Generating Random Variables, Journal of Statistical
   * Software 5(8), 2000. Under f(x) = exp(-x^2 / 2), x >= 0, lie 256 layers of one area: rectangles
   * from 0 to X[i] between the heights F[i] and F[i + 1], and below them, as layer 0, the rectangle
   * from 0 to R together with the tail beyond R, as wide as if it were a rectangle. A point in a
   * random layer that lies left of X[i + 1] is under f whatever its height: 99 % of all draws take one
   * multiplication and one comparison. The layer and the place in it come from different bits
   * (Doornik, An Improved Ziggurat Method to Generate Normal Random Samples, 2005). Logarithms and
   * exponentials are StrictMath's.
   */

  /** Where the tail begins: the only value for which the topmost of 256 layers ends at f(0) = 1. */
  static final double R = 3.654152885361009;

  private static final int LAYERS = 256;
  private static final double[] X = new double[LAYERS + 1];
  private static final double[] F = new double[LAYERS + 1];

  static {
    // The integral of f from R to infinity by its continued fraction, f(R) / (R + 1 / (R + 2 /
    // ...)).
    double fraction = R;
    for (int i = 100; i > 0; i--) {
      fraction = R + i / fraction;
    }
    double area = density(R) * (R + 1 / fraction);
    X[0] = area / density(R);
    X[1] = R;
    F[0] = 0;
    F[1] = density(R);
    for (int i = 2; i < LAYERS; i++) {
      F[i] = F[i - 1] + area / X[i - 1];
      X[i] = StrictMath.sqrt(-2 * StrictMath.log(F[i]));
    }
    F[LAYERS] = 1;
  }

  private Ziggurat() {}

  static double gaussian(SplittableRandom bits) {
    while (true) {
      long draw = bits.nextLong();
      int layer = (int) draw & (LAYERS - 1);
      double x = (draw >> 10) * 0x1.0p-53 * X[layer];
      if (Math.abs(x) < X[layer + 1]) {
        return x;
      }
      if (layer == 0) {
        return Math.copySign(tail(bits), x);
      }
      if (F[layer] + uniform(bits) * (F[layer + 1] - F[layer]) < density(x)) {
        return x;
      }
    }
  }

  /** A number beyond R (Marsaglia 1964). */
  private static double tail(SplittableRandom bits) {
    while (true) {
      double beyond = -StrictMath.log(1 - uniform(bits)) / R;
      double height = -StrictMath.log(1 - uniform(bits));
      if (2 * height > beyond * beyond) {
        return R + beyond;
      }
    }
  }

  /** The areas of the layers above the first, for the test of the tables. */
  static double[] areas() {
    double[] areas = new double[LAYERS - 1];
    for (int i = 1; i < LAYERS; i++) {
      areas[i - 1] = X[i] * (F[i + 1] - F[i]);
    }
    return areas;
  }

  private static double density(double x) {
    return StrictMath.exp(-0.5 * x * x);
  }

  /** In [0, 1), 53 bits. */
  private static double uniform(SplittableRandom bits) {
    return (bits.nextLong() >>> 11) * 0x1.0p-53;
  }
}
