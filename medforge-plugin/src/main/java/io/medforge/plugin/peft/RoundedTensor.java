package io.medforge.plugin.peft;

import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.nio.ByteBuffer;
import java.util.Objects;

/** A tensor seen in another floating-point type, each value rounded once as it is read. */
record RoundedTensor(Tensor source, DType dtype, String layer) implements Tensor {
  private static final int PIECE = 8192;

  @Override
  public Shape shape() {
    return source.shape();
  }

  @Override
  public void readBytes(long from, byte[] into, int offset, int count) {
    Objects.checkFromIndexSize(from, (long) count, dtype.byteSize(shape()));
    Objects.checkFromIndexSize(offset, count, into.length);
    int width = dtype.bits() / Byte.SIZE;
    double[] values = new double[(int) Math.min(PIECE, shape().elements())];
    ByteBuffer encoded = ByteBuffer.allocate(values.length * width);
    for (int done = 0; done < count; ) {
      long element = (from + done) / width;
      int skip = (int) ((from + done) % width);
      int elements = (int) Math.min(values.length, shape().elements() - element);
      encode(element, values, elements, encoded);
      int n = Math.min(count - done, elements * width - skip);
      System.arraycopy(encoded.array(), skip, into, offset + done, n);
      done += n;
    }
  }

  private void encode(long from, double[] values, int count, ByteBuffer encoded) {
    source.read(from, values, 0, count);
    dtype.encode(values, 0, count, encoded.clear());
    double[] rounded = new double[count];
    dtype.decode(encoded.flip(), rounded, 0, count);
    for (int i = 0; i < count; i++) {
      if (!Double.isFinite(rounded[i])) {
        throw new IllegalArgumentException(
            Refusal.message(
                "values that " + dtype + " can hold", values[i], layer + ", index " + (from + i)));
      }
    }
  }
}
