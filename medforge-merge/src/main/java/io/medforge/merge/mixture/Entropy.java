package io.medforge.merge.mixture;

/** Entropies of distributions, in nats. */
final class Entropy {
  private Entropy() {}

  static double of(double[] probabilities) {
    double entropy = 0;
    for (double p : probabilities) {
      if (p > 0) {
        entropy -= p * StrictMath.log(p);
      }
    }
    return Math.max(0, entropy);
  }

  /** Over the logarithm of the number of classes: 0 (certain) to 1; 0 for one class. */
  static double normalised(double[] probabilities) {
    return probabilities.length < 2
        ? 0
        : Math.min(1, of(probabilities) / StrictMath.log(probabilities.length));
  }
}
