package io.medforge.study;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Independent streams of random numbers from one seed: one stream per purpose. */
public final class Seeds {
  private Seeds() {}

  /**
   * The seed of one purpose.
   *
   * @param seed the study's seed
   * @param purpose what it is for; another name gives another stream
   * @return a well-mixed seed
   */
  public static long derive(long seed, String purpose) {
    long mixed = mix(seed);
    for (byte b : purpose.getBytes(StandardCharsets.UTF_8)) {
      mixed = mix(mixed ^ b);
    }
    return mixed;
  }

  /**
   * The generator of one purpose. {@code Random} is specified to the bit, Gaussians included, so it
   * draws the same on every JDK.
   *
   * @param seed the study's seed
   * @param purpose what it is for
   * @return a new generator
   */
  public static Random random(long seed, String purpose) {
    return new Random(derive(seed, purpose));
  }

  /** One step of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
  private static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
