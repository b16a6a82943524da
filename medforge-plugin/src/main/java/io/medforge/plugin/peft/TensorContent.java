package io.medforge.plugin.peft;

import io.medforge.plugin.Tensor;
import java.util.Arrays;

/** Stored bytes of tensors. */
final class TensorContent {
  private static final int PIECE_BYTES = 64 * 1024;

  private TensorContent() {}

  /** Whether two tensors have the same type, shape and bytes. */
  static boolean equal(Tensor one, Tensor other) {
    if (one.dtype() != other.dtype() || !one.shape().equals(other.shape())) {
      return false;
    }
    long bytes = one.dtype().byteSize(one.shape());
    byte[] ones = new byte[(int) Math.min(PIECE_BYTES, bytes)];
    byte[] others = new byte[ones.length];
    for (long at = 0; at < bytes; ) {
      int n = (int) Math.min(ones.length, bytes - at);
      one.readBytes(at, ones, 0, n);
      other.readBytes(at, others, 0, n);
      if (!Arrays.equals(ones, 0, n, others, 0, n)) {
        return false;
      }
      at += n;
    }
    return true;
  }

  /** Whether every value of a floating-point tensor that fits an array is zero. */
  static boolean isZero(Tensor tensor) {
    return Arrays.stream(tensor.toDoubles()).allMatch(value -> value == 0);
  }

  /** A copy on the heap. */
  static Tensor onHeap(Tensor tensor) {
    byte[] bytes = new byte[Math.toIntExact(tensor.dtype().byteSize(tensor.shape()))];
    tensor.readBytes(0, bytes, 0, bytes.length);
    return Tensor.ofBytes(tensor.dtype(), tensor.shape(), bytes);
  }
}
