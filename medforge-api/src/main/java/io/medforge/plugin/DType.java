package io.medforge.plugin;

import java.nio.ByteBuffer;

/**
 * The element type of a tensor, named as safetensors names it.
 *
 * <p>Types whose {@link #hasValues()} is true can be read as numbers; the others travel as raw
 * bytes and are refused by name when somebody asks for their values.
 */
public enum DType {
  /** 64-bit IEEE 754. */
  F64(64, Kind.FLOAT),
  /** 32-bit IEEE 754. */
  F32(32, Kind.FLOAT),
  /** 16-bit IEEE 754: 5 bits of exponent, 10 of fraction. */
  F16(16, Kind.FLOAT),
  /** The upper half of an {@link #F32}: 8 bits of exponent, 7 of fraction. */
  BF16(16, Kind.FLOAT),
  /** 64-bit two's complement. */
  I64(64, Kind.INTEGER),
  /** 32-bit two's complement. */
  I32(32, Kind.INTEGER),
  /** 16-bit two's complement. */
  I16(16, Kind.INTEGER),
  /** 8-bit two's complement. */
  I8(8, Kind.INTEGER),
  /** 64-bit unsigned. */
  U64(64, Kind.INTEGER),
  /** 32-bit unsigned. */
  U32(32, Kind.INTEGER),
  /** 16-bit unsigned. */
  U16(16, Kind.INTEGER),
  /** 8-bit unsigned. */
  U8(8, Kind.INTEGER),
  /** One byte, 0 or 1; raw only. */
  BOOL(8, Kind.RAW),
  /** 8-bit float, 5 exponent bits; raw only. */
  F8_E5M2(8, Kind.RAW),
  /** 8-bit float, 4 exponent bits, no infinities; raw only. */
  F8_E4M3(8, Kind.RAW),
  /** 8-bit scale, 8 exponent bits; raw only. */
  F8_E8M0(8, Kind.RAW),
  /** 8-bit float, 4 exponent bits, no negative zero; raw only. */
  F8_E4M3FNUZ(8, Kind.RAW),
  /** 8-bit float, 5 exponent bits, no negative zero; raw only. */
  F8_E5M2FNUZ(8, Kind.RAW),
  /** 6-bit float, 2 exponent bits; raw only. */
  F6_E2M3(6, Kind.RAW),
  /** 6-bit float, 3 exponent bits; raw only. */
  F6_E3M2(6, Kind.RAW),
  /** 4-bit float; raw only. */
  F4(4, Kind.RAW),
  /** Two F32, real and imaginary; raw only. */
  C64(64, Kind.RAW);

  private enum Kind {
    FLOAT,
    INTEGER,
    RAW
  }

  private final int bits;
  private final Kind kind;

  DType(int bits, Kind kind) {
    this.bits = bits;
    this.kind = kind;
  }

  /**
   * The width of one element.
   *
   * @return bits per element, 4 to 64
   */
  public int bits() {
    return bits;
  }

  /**
   * Whether elements can be read as numbers.
   *
   * @return true for the floating-point types of 16 bits and more and for the integers
   */
  public boolean hasValues() {
    return kind != Kind.RAW;
  }

  /**
   * Whether this is a floating-point type that can be read as numbers.
   *
   * @return true for {@link #F64}, {@link #F32}, {@link #F16} and {@link #BF16}
   */
  public boolean isFloatingPoint() {
    return kind == Kind.FLOAT;
  }

  /**
   * The bytes that a tensor of this type and shape takes.
   *
   * @param shape the tensor's shape
   * @return the number of bytes
   * @throws ArithmeticException if the size is no whole number of bytes or exceeds a {@code long}
   */
  public long byteSize(Shape shape) {
    long totalBits = Math.multiplyExact(shape.elements(), (long) bits);
    if (totalBits % 8 != 0) {
      throw new ArithmeticException(
          "expected a whole number of bytes, found " + totalBits + " bits, at " + this + shape);
    }
    return totalBits / 8;
  }

  /**
   * Decodes elements exactly where a double can hold them.
   *
   * @param from little-endian elements, read from its position on; its byte order is ignored
   * @param into receives the values
   * @param offset where the first value goes
   * @param count how many elements to decode
   * @throws IllegalStateException if this type's values cannot be read ({@link #hasValues()})
   * @throws ArithmeticException if a 64-bit integer has no exact double
   */
  public void decode(ByteBuffer from, double[] into, int offset, int count) {
    ElementCodec.decode(this, from, into, offset, count);
  }

  /**
   * Decodes elements to floats: F16 and BF16 exactly, F64 and wide integers rounded to nearest
   * even.
   *
   * @param from little-endian elements, read from its position on; its byte order is ignored
   * @param into receives the values
   * @param offset where the first value goes
   * @param count how many elements to decode
   * @throws IllegalStateException if this type's values cannot be read ({@link #hasValues()})
   */
  public void decode(ByteBuffer from, float[] into, int offset, int count) {
    ElementCodec.decode(this, from, into, offset, count);
  }

  /**
   * Encodes values, each rounded once, to nearest even.
   *
   * @param from the values
   * @param offset the first value's index
   * @param count how many to encode
   * @param into receives little-endian elements at its position; its byte order is ignored
   * @throws IllegalStateException if this is no floating-point type ({@link #isFloatingPoint()})
   */
  public void encode(double[] from, int offset, int count, ByteBuffer into) {
    ElementCodec.encode(this, from, offset, count, into);
  }
}
