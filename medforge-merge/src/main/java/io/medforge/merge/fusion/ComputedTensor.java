package io.medforge.merge.fusion;

import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/** An F32 tensor whose elements are computed whenever they are read. */
record ComputedTensor(Shape shape, Elements elements) implements Tensor {
  /** Computes elements, each the same whatever range it is asked for in; safe for threads. */
  @FunctionalInterface
  interface Elements {
    /** Computes {@code count} elements, from {@code from} on, into {@code into[offset]} on. */
    void compute(long from, float[] into, int offset, int count);
  }

  @Override
  public DType dtype() {
    return DType.F32;
  }

  @Override
  public void read(long from, float[] into, int offset, int count) {
    Objects.checkFromIndexSize(from, (long) count, shape.elements());
    Objects.checkFromIndexSize(offset, count, into.length);
    elements.compute(from, into, offset, count);
  }

  @Override
  public void read(long from, double[] into, int offset, int count) {
    Objects.checkFromIndexSize(offset, count, into.length);
    float[] narrow = new float[count];
    read(from, narrow, 0, count);
    for (int i = 0; i < count; i++) {
      into[offset + i] = narrow[i];
    }
  }

  @Override
  public void readBytes(long from, byte[] into, int offset, int count) {
    Objects.checkFromIndexSize(from, (long) count, DType.F32.byteSize(shape));
    Objects.checkFromIndexSize(offset, count, into.length);
    long first = from / Float.BYTES;
    int skip = (int) (from % Float.BYTES);
    float[] covering = new float[(skip + count + Float.BYTES - 1) / Float.BYTES];
    read(first, covering, 0, covering.length);
    ByteBuffer bytes =
        ByteBuffer.allocate(covering.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(covering);
    bytes.get(skip, into, offset, count);
  }
}
