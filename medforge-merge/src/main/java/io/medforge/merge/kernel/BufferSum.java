package io.medforge.merge.kernel;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * {@code out = w_0 x_0 + w_1 x_1 + ...} over elements as files have them, in one pass over memory:
 * each is decoded, multiplied and added in float, in the order of the inputs, and the sum is
 * rounded once, to nearest even. All implementations give the same bits. Stateless.
 */
@FunctionalInterface
public interface BufferSum {
  /**
   * Computes the sum.
   *
   * @param weights w, finite, at least as many as inputs
   * @param inputs x, one or more, each with at least {@code count} elements from its position on,
   *     little-endian whatever its order; none may share its memory with {@code out}; direct
   *     buffers are fastest
   * @param out receives the sum from its position on, little-endian; no position moves
   * @param count how many elements
   * @return whether every input and every result is a finite number; if not, what is stored is of
   *     no use
   * @throws IndexOutOfBoundsException if a buffer has less
   */
  boolean sum(float[] weights, ByteBuffer[] inputs, ByteBuffer out, int count);

  /**
   * The fastest that this JVM has; chosen once.
   *
   * @param format of inputs and sum
   * @return the sum of such elements; none of F32 without vector code, where it takes arrays
   */
  static Optional<BufferSum> of(FloatFormat format) {
    return format == FloatFormat.F32
        ? VectorCode.Loaded.CODE.flatMap(code -> code.buffers(format))
        : Optional.of(NarrowSum.of(format));
  }
}
