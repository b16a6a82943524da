package io.medforge.cli.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A NumPy array in C order. Immutable. */
final class NpyArray {
  private final NpyHeader header;
  private final ByteBuffer data;

  NpyArray(NpyHeader header, byte[] data) {
    this.header = header;
    this.data =
        ByteBuffer.wrap(data)
            .order(header.littleEndian() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
  }

  int[] shape() {
    return header.shape().stream().mapToInt(Integer::intValue).toArray();
  }

  /** The number of values. */
  int size() {
    return Math.toIntExact(header.elements());
  }

  boolean isUnsignedBytes() {
    return header.type().equals("u1");
  }

  /** A value; 64-bit integers beyond 2^53 are rounded. */
  double at(int index) {
    return switch (header.type()) {
      case "b1", "u1" -> data.get(index) & 0xff;
      case "i1" -> data.get(index);
      case "u2" -> data.getShort(2 * index) & 0xffff;
      case "i2" -> data.getShort(2 * index);
      case "u4" -> data.getInt(4 * index) & 0xffffffffL;
      case "i4" -> data.getInt(4 * index);
      case "i8" -> data.getLong(8 * index);
      case "f4" -> data.getFloat(4 * index);
      case "f8" -> data.getDouble(8 * index);
      default -> throw new IllegalStateException("expected a known type, found " + header.type());
    };
  }

  String describe() {
    return header.type() + header.shape();
  }
}
