package io.medforge.merge.kernel;

import java.nio.ByteBuffer;
import java.util.Optional;

/** All kernels on the Vector API. */
final class VectorKernels implements VectorCode {
  @Override
  public ArraySums arrays(FloatFormat format) {
    return new VectorSums(format);
  }

  @Override
  public Optional<BufferSum> buffers(FloatFormat format) {
    try {
      // What this JDK has not is missed here, not at the first sum.
      VectorMemory.of(ByteBuffer.allocate(0), 0);
    } catch (LinkageError e) {
      // This JDK reads vectors from memory in a third way: by arrays it is slower and as right.
      return Optional.empty();
    }
    return switch (format) {
      case F32 -> Optional.of(new VectorFloats());
      case BF16 -> Optional.of(new VectorBfloats());
      case F16 -> Optional.empty(); // By way of arrays.
    };
  }
}
