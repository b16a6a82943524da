package io.medforge.plugin.branch;

import io.medforge.plugin.Digest;
import io.medforge.runtime.djl.HostArray;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Random numbers that depend on a seed and a purpose only: adding a layer or an epoch changes no
 * other's numbers. Gaussians are computed here, because the JDK promises no fixed algorithm for its
 * own. Not thread-safe.
 */
final class SeededRandom {
  private final SplittableRandom bits;

  private SeededRandom(long seed) {
    this.bits = new SplittableRandom(seed);
  }

  /** The generator of a purpose, such as the initial values of one layer. */
  static SeededRandom of(long seed, String purpose, long index) {
    byte[] name = purpose.getBytes(StandardCharsets.UTF_8);
    ByteBuffer key = ByteBuffer.allocate(2 * Long.BYTES + name.length);
    key.putLong(seed).putLong(index).put(name);
    String hex = Digest.of(key.array()).hex();
    return new SeededRandom(Long.parseUnsignedLong(hex.substring(0, 16), 16));
  }

  /** A standard normal number. */
  double gaussian() {
    return Ziggurat.gaussian(bits);
  }

  void fillGaussian(HostArray array, double deviation) {
    FloatBuffer values = array.values();
    while (values.hasRemaining()) {
      values.put((float) (deviation * gaussian()));
    }
  }

  /** Fills with 0 with a probability, else with a value; two 32-bit draws per 64 bits. */
  void fillKept(HostArray array, double dropped, float kept) {
    FloatBuffer values = array.values();
    long threshold = (long) (dropped * 0x1.0p32);
    while (values.hasRemaining()) {
      long draw = bits.nextLong();
      values.put((draw >>> 32) < threshold ? 0f : kept);
      if (values.hasRemaining()) {
        values.put((draw & 0xFFFF_FFFFL) < threshold ? 0f : kept);
      }
    }
  }

  /** A random order of 0 to n - 1 (Fisher and Yates). */
  int[] permutation(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = (int) (uniform() * (i + 1));
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /** Evenly from -bound to bound. */
  double within(double bound) {
    return bound * (2 * uniform() - 1);
  }

  /** In [0, 1), 53 bits. */
  private double uniform() {
    return (bits.nextLong() >>> 11) * 0x1.0p-53;
  }
}
