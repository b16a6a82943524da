package io.medforge.plugin.light;

import io.medforge.plugin.DType;
import io.medforge.plugin.Tensor;
import java.nio.ByteBuffer;

/** A tensor in some stored form: its values as read back, its size, and how far they may be off. */
record StoredTensor(Tensor tensor, long bytes, double errorBound) {

  /** Rounds each value once, to nearest even. */
  static StoredTensor rounded(
      String name, Tensor tensor, DType dtype, double relative, double absolute) {
    long bytes = dtype.byteSize(tensor.shape());
    if (tensor.dtype() == dtype) {
      return new StoredTensor(tensor, bytes, 0);
    }
    double[] values = tensor.toDoubles();
    byte[] encoded = new byte[Math.toIntExact(bytes)];
    dtype.encode(values, 0, values.length, ByteBuffer.wrap(encoded));
    double[] back = new double[values.length];
    dtype.decode(ByteBuffer.wrap(encoded), back, 0, back.length);
    double greatest = 0;
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(back[i])) {
        throw beyond(dtype.name(), name, i);
      }
      greatest = Math.max(greatest, Math.abs(values[i]));
    }
    return new StoredTensor(
        Tensor.ofBytes(dtype, tensor.shape(), encoded), bytes, greatest * relative + absolute);
  }

  static IllegalArgumentException beyond(String form, String name, int index) {
    return new IllegalArgumentException(
        "expected values that "
            + form
            + " can hold, found a greater one, at "
            + name
            + ", index "
            + index);
  }
}
