package io.medforge.plugin;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A read-only, row-major array of numbers: on the heap, in a file, or computed.
 *
 * <p>A tensor may be larger than memory, so it is read in pieces; no call allocates more than its
 * caller's buffer and a small constant. Implementations are immutable as far as their source is (a
 * file must not change while it is read) and safe for use by several threads.
 */
public interface Tensor {
  /**
   * The type in which elements are stored.
   *
   * @return the element type
   */
  DType dtype();

  /**
   * The dimensions.
   *
   * @return the shape
   */
  Shape shape();

  /**
   * Copies stored bytes, little-endian, as they are.
   *
   * @param from index of the first byte, 0 to the tensor's size in bytes
   * @param into receives the bytes
   * @param offset where the first byte goes
   * @param count how many bytes
   * @throws IndexOutOfBoundsException if a range lies outside the tensor or the array
   * @throws java.io.UncheckedIOException if the source cannot be read
   */
  void readBytes(long from, byte[] into, int offset, int count);

  /**
   * Copies stored bytes, little-endian, as they are, into a buffer of either kind.
   *
   * @param from index of the first byte, 0 to the tensor's size in bytes
   * @param into receives as many bytes as it has room for; its position moves to its limit
   * @throws IndexOutOfBoundsException if a byte lies outside the tensor
   * @throws java.io.UncheckedIOException if the source cannot be read
   */
  default void readBytes(long from, ByteBuffer into) {
    TensorReading.bytes(this, from, into);
  }

  /**
   * Reads elements as floats: F16 and BF16 exactly, F64 and wide integers rounded to nearest even.
   *
   * @param from index of the first element
   * @param into receives the values
   * @param offset where the first value goes
   * @param count how many elements
   * @throws IndexOutOfBoundsException if a range lies outside the tensor or the array
   * @throws IllegalStateException if the type's values cannot be read ({@link DType#hasValues()})
   * @throws java.io.UncheckedIOException if the source cannot be read
   */
  default void read(long from, float[] into, int offset, int count) {
    TensorReading.inPieces(
        this,
        from,
        into.length,
        offset,
        count,
        (piece, at, n) -> dtype().decode(piece, into, at, n));
  }

  /**
   * Reads elements as doubles, exactly.
   *
   * @param from index of the first element
   * @param into receives the values
   * @param offset where the first value goes
   * @param count how many elements
   * @throws IndexOutOfBoundsException if a range lies outside the tensor or the array
   * @throws IllegalStateException if the type's values cannot be read ({@link DType#hasValues()})
   * @throws ArithmeticException if a 64-bit integer has no exact double
   * @throws java.io.UncheckedIOException if the source cannot be read
   */
  default void read(long from, double[] into, int offset, int count) {
    TensorReading.inPieces(
        this,
        from,
        into.length,
        offset,
        count,
        (piece, at, n) -> dtype().decode(piece, into, at, n));
  }

  /**
   * All elements as doubles, for tensors that fit an array.
   *
   * @return a new array of {@code shape().elements()} values
   * @throws IllegalStateException if the type's values cannot be read, or there are more elements
   *     than an array holds
   */
  default double[] toDoubles() {
    double[] values = new double[TensorReading.arrayLength(this)];
    read(0, values, 0, values.length);
    return values;
  }

  /**
   * All elements as floats, for tensors that fit an array.
   *
   * @return a new array of {@code shape().elements()} values
   * @throws IllegalStateException if the type's values cannot be read, or there are more elements
   *     than an array holds
   */
  default float[] toFloats() {
    float[] values = new float[TensorReading.arrayLength(this)];
    read(0, values, 0, values.length);
    return values;
  }

  /**
   * An F32 tensor on the heap.
   *
   * @param shape the dimensions
   * @param values row-major; copied
   * @return the tensor
   * @throws IllegalArgumentException if the number of values is not the number of elements
   */
  static Tensor of(Shape shape, float... values) {
    byte[] bytes = HeapTensor.allocate(DType.F32, shape, values.length);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return new HeapTensor(DType.F32, shape, bytes);
  }

  /**
   * An F64 tensor on the heap.
   *
   * @param shape the dimensions
   * @param values row-major; copied
   * @return the tensor
   * @throws IllegalArgumentException if the number of values is not the number of elements
   */
  static Tensor of(Shape shape, double... values) {
    return encode(DType.F64, shape, values);
  }

  /**
   * A tensor on the heap whose values are rounded once, to nearest even, to a floating-point type.
   *
   * @param dtype a floating-point type
   * @param shape the dimensions
   * @param values row-major; copied
   * @return the tensor
   * @throws IllegalArgumentException if the number of values is not the number of elements
   * @throws IllegalStateException if the type is no floating-point type
   */
  static Tensor encode(DType dtype, Shape shape, double... values) {
    byte[] bytes = HeapTensor.allocate(dtype, shape, values.length);
    dtype.encode(values, 0, values.length, ByteBuffer.wrap(bytes));
    return new HeapTensor(dtype, shape, bytes);
  }

  /**
   * A tensor on the heap from its stored form.
   *
   * @param dtype the element type, any
   * @param shape the dimensions
   * @param littleEndian the stored bytes; copied
   * @return the tensor
   * @throws IllegalArgumentException if the number of bytes does not fit type and shape
   */
  static Tensor ofBytes(DType dtype, Shape shape, byte[] littleEndian) {
    Objects.requireNonNull(dtype, "dtype");
    if (dtype.byteSize(shape) != littleEndian.length) {
      throw new IllegalArgumentException(
          "expected "
              + dtype.byteSize(shape)
              + " bytes for "
              + dtype
              + shape
              + ", found "
              + littleEndian.length);
    }
    return new HeapTensor(dtype, shape, littleEndian.clone());
  }
}
