package io.medforge.plugin.branch;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.SplittableRandom;

/**
 * Where the randomness of private mechanisms comes from: whoever can predict it can take the noise
 * off again.
 */
@FunctionalInterface
public interface NoiseSource {
  /**
   * The next 64 random bits. Called by one thread at a time.
   *
   * @return uniformly distributed bits
   */
  long nextLong();

  /**
   * The JDK's strong source, {@link SecureRandom}. What it makes cannot be repeated.
   *
   * @return a new source, not thread-safe
   */
  static NoiseSource secure() {
    SecureRandom random = new SecureRandom();
    byte[] bytes = new byte[8192];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).limit(0);
    return () -> {
      if (!buffer.hasRemaining()) {
        random.nextBytes(bytes);
        buffer.clear();
      }
      return buffer.getLong();
    };
  }

  /**
   * A predictable source, <b>for tests and studies on public data only</b>: it protects nobody.
   *
   * @param seed of the numbers
   * @return a new source, not thread-safe
   */
  static NoiseSource seeded(long seed) {
    return new SplittableRandom(seed)::nextLong;
  }
}
