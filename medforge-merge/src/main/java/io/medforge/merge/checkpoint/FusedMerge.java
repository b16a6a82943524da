package io.medforge.merge.checkpoint;

import io.medforge.merge.kernel.BufferSum;
import io.medforge.merge.kernel.FloatFormat;
import io.medforge.merge.kernel.NarrowSum;
import io.medforge.plugin.DType;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A weighted sum of sources of one type that is stored in that type: decoded, summed and rounded in
 * one pass from buffer to buffer, with the bits of the way over tiles of floats. Thread-safe.
 */
final class FusedMerge {
  private static final Logger LOG = LoggerFactory.getLogger(FusedMerge.class);
  private static final AtomicBoolean TOLD = new AtomicBoolean();

  private final float[] weights;
  private final BufferSum sum;
  private final int width;

  private FusedMerge(float[] weights, BufferSum sum, int width) {
    this.weights = weights;
    this.sum = sum;
    this.width = width;
  }

  /** Empty if it is no such sum, or tiles of floats are as fast. */
  static Optional<FusedMerge> of(TensorSources sources, TensorRule rule, DType stored) {
    boolean sameType = sources.tensors().stream().allMatch(t -> t.dtype() == stored);
    if (!sameType || !(rule instanceof LinearRule linear) || linear.divisor() != 1) {
      return Optional.empty();
    }
    FloatFormat format = TensorSources.format(stored);
    if (format.bytes() == 2 && !NarrowSum.isVector(format) && !TOLD.getAndSet(true)) {
      LOG.info(
          "{} is merged without vector code; the option {} of the JVM adds it",
          stored,
          NarrowSum.FLAG);
    }
    return BufferSum.of(format).map(sum -> new FusedMerge(linear.weights(), sum, format.bytes()));
  }

  /**
   * Merges the first elements of what was loaded; false if there is something that is not finite.
   */
  boolean merge(int count, ByteBuffer into, TilePool.Room room) {
    for (ByteBuffer loaded : room.bytes()) {
      loaded.rewind();
    }
    boolean finite = sum.sum(weights, room.bytes(), into, count);
    into.position(into.position() + width * count);
    return finite;
  }
}
