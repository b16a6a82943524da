package io.medforge.plugin.audit;

import io.medforge.plugin.Digest;
import java.util.SplittableRandom;

/** Random choices that depend on a seed and a purpose only. Not thread-safe. */
final class AuditRandom {
  private final SplittableRandom bits;

  private AuditRandom(long seed) {
    this.bits = new SplittableRandom(seed);
  }

  static AuditRandom of(long seed, String purpose, long index) {
    String hex = Digest.builder().add(seed).add(purpose).add(index).build().hex();
    return new AuditRandom(Long.parseUnsignedLong(hex.substring(0, 16), 16));
  }

  /** 0 to {@code bound} - 1. */
  int below(int bound) {
    return (int) ((bits.nextLong() >>> 11) * 0x1.0p-53 * bound);
  }

  /** A random order of the values given (Fisher and Yates), in a new array. */
  int[] shuffled(int[] values) {
    int[] order = values.clone();
    for (int i = order.length - 1; i > 0; i--) {
      int j = below(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }
}
