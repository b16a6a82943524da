package io.medforge.merge.checkpoint;

import io.medforge.merge.kernel.FloatFormat;
import io.medforge.merge.kernel.NarrowSum;
import io.medforge.plugin.DType;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A weighted sum of sources of one 16-bit type that is stored in that type: decoded, summed and
 * rounded in one pass, with the bits of the way over tiles of floats. Thread-safe.
 */
final class NarrowMerge {
  private static final Logger LOG = LoggerFactory.getLogger(NarrowMerge.class);
  private static final AtomicBoolean TOLD = new AtomicBoolean();

  private final float[] weights;
  private final NarrowSum sum;

  private NarrowMerge(float[] weights, NarrowSum sum) {
    this.weights = weights;
    this.sum = sum;
  }

  static Optional<NarrowMerge> of(TensorSources sources, TensorRule rule, DType stored) {
    boolean sameType =
        stored.bits() == 16 && sources.tensors().stream().allMatch(t -> t.dtype() == stored);
    if (!sameType || !(rule instanceof LinearRule linear) || linear.divisor() != 1) {
      return Optional.empty();
    }
    FloatFormat format = TensorSources.format(stored);
    if (!NarrowSum.isVector(format) && !TOLD.getAndSet(true)) {
      LOG.info(
          "{} is merged without vector code; the option {} of the JVM adds it",
          stored,
          NarrowSum.FLAG);
    }
    return Optional.of(new NarrowMerge(linear.weights(), NarrowSum.of(format)));
  }

  /**
   * Merges the first elements of what was loaded; false if there is something that is not finite.
   */
  boolean merge(int count, ByteBuffer into, TilePool.Room room) {
    for (ByteBuffer loaded : room.bytes()) {
      loaded.rewind();
    }
    boolean finite = sum.sum(weights, room.bytes(), into, count);
    into.position(into.position() + 2 * count);
    return finite;
  }
}
