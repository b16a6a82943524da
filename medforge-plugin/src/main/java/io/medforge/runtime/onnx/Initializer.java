package io.medforge.runtime.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A floating-point initializer, read where it lies in the parsed file. Immutable, thread-safe. */
final class Initializer implements Tensor {
  private final DType dtype;
  private final Shape shape;
  private final ByteBuffer bytes;

  private Initializer(DType dtype, Shape shape, ByteString bytes) {
    this.dtype = dtype;
    this.shape = shape;
    this.bytes = bytes.asReadOnlyByteBuffer();
  }

  /** The parameter in an initializer, or empty if it is of no floating-point type. */
  static Optional<Initializer> of(String file, TensorProto proto) {
    String where = ", at " + file + ", initializer " + proto.getName();
    if (proto.getDataLocation() == TensorProto.DataLocation.EXTERNAL
        || proto.getExternalDataCount() > 0) {
      throw new IllegalArgumentException(
          "expected a model in one file, found external data (not supported yet)" + where);
    }
    DType dtype = dtype(proto.getDataType());
    if (dtype == null) {
      return Optional.empty();
    }
    long[] dimensions = new long[proto.getDimsCount()];
    for (int i = 0; i < dimensions.length; i++) {
      dimensions[i] = proto.getDims(i);
    }
    Shape shape = shape(dimensions, where);
    ByteString bytes = proto.hasRawData() ? proto.getRawData() : typedData(proto, dtype);
    if (bytes.size() != dtype.byteSize(shape)) {
      throw new IllegalArgumentException(
          "expected "
              + dtype.byteSize(shape)
              + " bytes for "
              + dtype
              + shape
              + ", found "
              + bytes.size()
              + where);
    }
    return Optional.of(new Initializer(dtype, shape, bytes));
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
    Objects.checkFromIndexSize(from, (long) count, bytes.limit());
    bytes.get((int) from, into, offset, count);
  }

  private static @Nullable DType dtype(int onnx) {
    return switch (onnx) {
      case TensorProto.DataType.FLOAT_VALUE -> DType.F32;
      case TensorProto.DataType.DOUBLE_VALUE -> DType.F64;
      case TensorProto.DataType.FLOAT16_VALUE -> DType.F16;
      case TensorProto.DataType.BFLOAT16_VALUE -> DType.BF16;
      default -> null;
    };
  }

  private static Shape shape(long[] dimensions, String where) {
    try {
      return Shape.of(dimensions);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(e.getMessage() + where, e);
    }
  }

  /** The bytes of values that the file holds as numbers; 16-bit types lie in 32-bit integers. */
  private static ByteString typedData(TensorProto proto, DType dtype) {
    int count =
        switch (dtype) {
          case F32 -> proto.getFloatDataCount();
          case F64 -> proto.getDoubleDataCount();
          default -> proto.getInt32DataCount();
        };
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(count, dtype.bits() / 8))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      switch (dtype) {
        case F32 -> bytes.putFloat(proto.getFloatData(i));
        case F64 -> bytes.putDouble(proto.getDoubleData(i));
        default -> bytes.putShort((short) proto.getInt32Data(i));
      }
    }
    return ByteString.copyFrom(bytes.flip());
  }
}
