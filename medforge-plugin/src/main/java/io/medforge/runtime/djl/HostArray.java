package io.medforge.runtime.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * F32 values outside the heap that PyTorch reads in place. The owner keeps it reachable as long as
 * an array made from it is open. Safe for use by several threads as long as nobody writes.
 */
public final class HostArray {
  private static final int PIECE = 8192;

  /** PyTorch's own: the last bits of a matrix product depend on where its operands lie. */
  private static final int ALIGNMENT = 64;

  private final Shape shape;
  private final ByteBuffer bytes;

  private HostArray(Shape shape) {
    this.shape = shape;
    long size = Math.multiplyExact(shape.elements(), Float.BYTES);
    if (size > Integer.MAX_VALUE - 2 * ALIGNMENT) {
      throw new IllegalArgumentException(
          "expected a parameter of at most 2 GiB in F32, found " + shape);
    }
    this.bytes =
        ByteBuffer.allocateDirect((int) size + 2 * ALIGNMENT)
            .alignedSlice(ALIGNMENT)
            .limit((int) size)
            .slice()
            .order(ByteOrder.nativeOrder());
  }

  /**
   * Zeros.
   *
   * @param shape the dimensions
   * @return a new array
   * @throws IllegalArgumentException if it would exceed 2 GiB
   */
  public static HostArray zeros(Shape shape) {
    return new HostArray(shape);
  }

  /**
   * A copy of a tensor, times a factor.
   *
   * @param tensor any tensor with readable values
   * @param factor each value is multiplied by it in double and rounded once
   * @return a new array
   * @throws IllegalArgumentException if it would exceed 2 GiB
   */
  public static HostArray of(Tensor tensor, double factor) {
    HostArray array = new HostArray(tensor.shape());
    FloatBuffer target = array.values();
    double[] piece = new double[(int) Math.min(PIECE, tensor.shape().elements())];
    for (long at = 0; at < tensor.shape().elements(); ) {
      int n = (int) Math.min(piece.length, tensor.shape().elements() - at);
      tensor.read(at, piece, 0, n);
      for (int i = 0; i < n; i++) {
        target.put((float) (factor * piece[i]));
      }
      at += n;
    }
    return array;
  }

  /**
   * A copy of a tensor.
   *
   * @param tensor any tensor with readable values
   * @return a new array
   * @throws IllegalArgumentException if it would exceed 2 GiB
   */
  public static HostArray of(Tensor tensor) {
    return of(tensor, 1.0);
  }

  /**
   * The dimensions.
   *
   * @return the shape
   */
  public Shape shape() {
    return shape;
  }

  /**
   * The values, row-major.
   *
   * @return a view from the first to the last value; writes go through
   */
  public FloatBuffer values() {
    return bytes.duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /**
   * An array over this memory.
   *
   * @param scope the manager that closes it
   * @return an F32 array that sees later writes
   */
  public NDArray in(NDManager scope) {
    return scope.create(
        bytes.duplicate().order(ByteOrder.nativeOrder()),
        new ai.djl.ndarray.types.Shape(shape.toArray()),
        DataType.FLOAT32);
  }

  /**
   * A copy as a tensor.
   *
   * @return an F32 tensor on the heap
   */
  public Tensor toTensor() {
    float[] copy = new float[bytes.capacity() / Float.BYTES];
    values().get(copy);
    return Tensor.of(shape, copy);
  }

  long byteSize() {
    return bytes.capacity();
  }
}
