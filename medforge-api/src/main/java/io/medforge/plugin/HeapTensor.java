package io.medforge.plugin;

import java.util.Objects;

/** A tensor that owns its stored bytes. */
final class HeapTensor implements Tensor {
  private final DType dtype;
  private final Shape shape;
  private final byte[] bytes;

  HeapTensor(DType dtype, Shape shape, byte[] owned) {
    this.dtype = dtype;
    this.shape = shape;
    this.bytes = owned;
  }

  static byte[] allocate(DType dtype, Shape shape, int values) {
    if (shape.elements() != values) {
      throw new IllegalArgumentException(
          "expected " + shape.elements() + " values for " + shape + ", found " + values);
    }
    return new byte[Math.toIntExact(dtype.byteSize(shape))];
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public void readBytes(long from, byte[] into, int offset, int count) {
    Objects.checkFromIndexSize(from, (long) count, bytes.length);
    System.arraycopy(bytes, (int) from, into, offset, count);
  }

  @Override
  public String toString() {
    return dtype + shape.toString();
  }
}
