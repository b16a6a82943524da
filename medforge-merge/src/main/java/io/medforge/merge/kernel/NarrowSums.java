package io.medforge.merge.kernel;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/** Chooses implementations, once per JVM. */
final class NarrowSums {
  static final NarrowSum BFLOATS =
      vector(FloatFormat.BF16).orElseGet(() -> NarrowSum.plain(FloatFormat.BF16));

  static final NarrowSum HALVES =
      NarrowSum.converting()
          .or(() -> vector(FloatFormat.F16))
          .orElseGet(() -> NarrowSum.plain(FloatFormat.F16));

  private NarrowSums() {}

  /** Throws if a buffer has fewer elements of 16 bits, before anything is stored. */
  static void checkSizes(ByteBuffer[] inputs, ByteBuffer out, int count) {
    for (ByteBuffer input : inputs) {
      Objects.checkFromIndexSize(0, 2L * count, (long) input.remaining());
    }
    Objects.checkFromIndexSize(0, 2L * count, (long) out.remaining());
  }

  /** Sums the elements from {@code from} on: what is left of another sum. */
  static boolean sumRest(
      NarrowSum by, float[] weights, ByteBuffer[] inputs, ByteBuffer out, int from, int count) {
    ByteBuffer[] rest = new ByteBuffer[inputs.length];
    Arrays.setAll(rest, k -> behind(inputs[k], from));
    return by.sum(weights, rest, behind(out, from), count - from);
  }

  private static ByteBuffer behind(ByteBuffer bytes, int elements) {
    return bytes.duplicate().position(bytes.position() + 2 * elements);
  }

  static boolean isVector(NarrowSum sum) {
    return !(sum instanceof PlainSum);
  }

  static Optional<NarrowSum> vector(FloatFormat format) {
    return VectorCode.Loaded.CODE.map(code -> vector(code, format));
  }

  private static NarrowSum vector(VectorCode code, FloatFormat format) {
    NarrowSum arrays = new TiledSum(code.arrays(format), NarrowSum.plain(format));
    Optional<BufferSum> buffers = code.buffers(format);
    return buffers.isPresent() ? new PairedSum(arrays, buffers.get()) : arrays;
  }
}
