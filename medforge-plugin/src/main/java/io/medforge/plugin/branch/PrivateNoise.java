package io.medforge.plugin.branch;

/**
 * The random numbers of private mechanisms, from a {@link NoiseSource}. Not thread-safe.
 *
 * <p>A Gaussian is half the sum of four, each by Box and Muller from 53-bit uniforms: a single one
 * in double takes values that betray the number it was added to (Mironov, CCS 2012); sums hide them
 * better (Holohan and Braghin, Secure Random Sampling in Differential Privacy, 2021). That is a
 * mitigation, no proof: the noise has finite precision.
 */
final class PrivateNoise {
  private final NoiseSource bits;

  PrivateNoise(NoiseSource bits) {
    this.bits = bits;
  }

  /** A standard normal number. */
  double gaussian() {
    return (pair() + pair()) / 2;
  }

  /** True with a probability. */
  boolean happens(double probability) {
    return uniform() < probability;
  }

  /** The sum of two standard normal numbers. */
  private double pair() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - uniform()));
    double angle = 2 * StrictMath.PI * uniform();
    return radius * (StrictMath.cos(angle) + StrictMath.sin(angle));
  }

  private double uniform() {
    return (bits.nextLong() >>> 11) * 0x1.0p-53;
  }
}
