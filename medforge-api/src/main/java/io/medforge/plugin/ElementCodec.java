package io.medforge.plugin;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Elements to numbers and back; one loop per type so that each is a plain counted loop. */
final class ElementCodec {
  /*
   * Half precision by integer arithmetic, because Float.float16ToFloat arrived only in Java 20.
   * Decoding a half: shift exponent and fraction into place and rebias by multiplying with 2^112,
   * which is exact and turns half subnormals into normal floats; infinities and NaN keep an all-ones
   * exponent. Encoding goes from double in one rounding: double -> float -> half would round twice.
   */
  private static final float HALF_REBIAS = 0x1p112f;
  private static final long MAX_EXACT_IN_DOUBLE = 1L << 53;
  // F32 moves in pieces through an array of floats: a buffer copies many at once, and one by one
  // costs three times as much.
  private static final int PIECE = 2048;

  private ElementCodec() {}

  static void decode(DType type, ByteBuffer bytes, double[] into, int offset, int count) {
    ByteBuffer from = bytes.order(ByteOrder.LITTLE_ENDIAN);
    switch (type) {
      case F64 -> from.asDoubleBuffer().get(into, offset, count);
      case F32 -> decodeFloats(from.asFloatBuffer(), into, offset, count);
      case I64 -> {
        for (int i = 0; i < count; i++) {
          into[offset + i] = exact(from.getLong(from.position() + 8 * i), i);
        }
      }
      case U64 -> {
        for (int i = 0; i < count; i++) {
          into[offset + i] = exactUnsigned(from.getLong(from.position() + 8 * i), i);
        }
      }
      case I32 -> {
        for (int i = 0; i < count; i++) {
          into[offset + i] = from.getInt(from.position() + 4 * i);
        }
      }
      case U32 -> {
        for (int i = 0; i < count; i++) {
          into[offset + i] = Integer.toUnsignedLong(from.getInt(from.position() + 4 * i));
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          into[offset + i] = narrow(type, from, i);
        }
      }
    }
    from.position(from.position() + count * (type.bits() / 8));
  }

  private static void decodeFloats(FloatBuffer from, double[] into, int offset, int count) {
    float[] piece = new float[Math.min(PIECE, count)];
    for (int done = 0; done < count; done += piece.length) {
      int n = Math.min(piece.length, count - done);
      from.get(piece, 0, n);
      for (int i = 0; i < n; i++) {
        into[offset + done + i] = piece[i];
      }
    }
  }

  static void decode(DType type, ByteBuffer bytes, float[] into, int offset, int count) {
    ByteBuffer from = bytes.order(ByteOrder.LITTLE_ENDIAN);
    int at = from.position();
    switch (type) {
      case F32 -> from.asFloatBuffer().get(into, offset, count);
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          into[offset + i] = Float.intBitsToFloat(from.getShort(at + 2 * i) << 16);
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          into[offset + i] = halfToFloat(from.getShort(at + 2 * i));
        }
      }
      case F64 -> {
        for (int i = 0; i < count; i++) {
          into[offset + i] = (float) from.getDouble(at + 8 * i);
        }
      }
      case I64 -> {
        for (int i = 0; i < count; i++) {
          into[offset + i] = from.getLong(at + 8 * i);
        }
      }
      case U64 -> {
        for (int i = 0; i < count; i++) {
          into[offset + i] = unsignedToFloat(from.getLong(at + 8 * i));
        }
      }
      case I32 -> {
        for (int i = 0; i < count; i++) {
          into[offset + i] = from.getInt(at + 4 * i);
        }
      }
      case U32 -> {
        for (int i = 0; i < count; i++) {
          into[offset + i] = Integer.toUnsignedLong(from.getInt(at + 4 * i));
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          into[offset + i] = narrow(type, from, i);
        }
      }
    }
    from.position(at + count * (type.bits() / 8));
  }

  static void encode(DType type, double[] from, int offset, int count, ByteBuffer bytes) {
    ByteBuffer into = bytes.order(ByteOrder.LITTLE_ENDIAN);
    if (type == DType.F32) {
      encodeFloats(from, offset, count, into.asFloatBuffer());
      into.position(into.position() + 4 * count);
      return;
    }
    for (int i = offset; i < offset + count; i++) {
      switch (type) {
        case F64 -> into.putDouble(from[i]);
        case F16 -> into.putShort(doubleToHalf(from[i]));
        case BF16 -> into.putShort(doubleToBfloat(from[i]));
        default ->
            throw new IllegalStateException(
                "expected a floating-point type to encode to, found " + type);
      }
    }
  }

  private static void encodeFloats(double[] from, int offset, int count, FloatBuffer into) {
    float[] piece = new float[Math.min(PIECE, count)];
    for (int done = 0; done < count; done += piece.length) {
      int n = Math.min(piece.length, count - done);
      for (int i = 0; i < n; i++) {
        piece[i] = (float) from[offset + done + i];
      }
      into.put(piece, 0, n);
    }
  }

  /** The types that fit a float exactly: f32, both halves, and integers of at most 16 bits. */
  private static float narrow(DType type, ByteBuffer from, int i) {
    int at = from.position();
    return switch (type) {
      case F32 -> from.getFloat(at + 4 * i);
      case F16 -> halfToFloat(from.getShort(at + 2 * i));
      case BF16 -> Float.intBitsToFloat(from.getShort(at + 2 * i) << 16);
      case I16 -> from.getShort(at + 2 * i);
      case U16 -> Short.toUnsignedInt(from.getShort(at + 2 * i));
      case I8 -> from.get(at + i);
      case U8 -> Byte.toUnsignedInt(from.get(at + i));
      default ->
          throw new IllegalStateException(
              "expected a type with readable values, found " + type + ": only raw bytes");
    };
  }

  private static double exact(long value, int index) {
    if (value > MAX_EXACT_IN_DOUBLE || value < -MAX_EXACT_IN_DOUBLE) {
      if ((long) (double) value != value || value == Long.MAX_VALUE) {
        throw inexact(Long.toString(value), index);
      }
    }
    return (double) value;
  }

  private static double exactUnsigned(long value, int index) {
    if (value >= 0) {
      return exact(value, index);
    }
    // The top bit is set, so only multiples of 2^11 fit the 53 bits of a double.
    if ((value & 0x7FF) != 0) {
      throw inexact(Long.toUnsignedString(value), index);
    }
    return (value >>> 11) * 0x1p11;
  }

  private static ArithmeticException inexact(String value, int index) {
    return new ArithmeticException(
        "expected an integer that a double holds exactly, found "
            + value
            + ", at element "
            + index);
  }

  private static float unsignedToFloat(long value) {
    // Halving keeps the dropped bit sticky, so the one rounding of the conversion stays correct.
    return value >= 0 ? (float) value : (float) ((value >>> 1) | (value & 1)) * 2f;
  }

  static float halfToFloat(short half) {
    int magnitude = (half & 0x7FFF) << 13;
    int sign = (half & 0x8000) << 16;
    if ((half & 0x7C00) == 0x7C00) {
      return Float.intBitsToFloat(sign | magnitude | 0x7F80_0000);
    }
    float value = Float.intBitsToFloat(magnitude) * HALF_REBIAS;
    return Float.intBitsToFloat(Float.floatToRawIntBits(value) | sign);
  }

  static short doubleToHalf(double value) {
    return toSixteenBits(value, 10, 15);
  }

  static short doubleToBfloat(double value) {
    return toSixteenBits(value, 7, 127);
  }

  /**
   * Rounds to nearest even into a format of 1 sign, {@code 15 - fraction} exponent and {@code
   * fraction} fraction bits.
   */
  private static short toSixteenBits(double value, int fraction, int bias) {
    long bits = Double.doubleToRawLongBits(value);
    int sign = (int) (bits >>> 48) & 0x8000;
    int infinity = ((1 << (15 - fraction)) - 1) << fraction;
    if (Double.isNaN(value)) {
      return (short) (sign | infinity | (1 << (fraction - 1)));
    }
    int exponent = (int) ((bits >>> 52) & 0x7FF) - 1023;
    if (exponent > bias) {
      return (short) (sign | infinity);
    }
    long significand = (bits & 0xF_FFFF_FFFF_FFFFL) | 0x10_0000_0000_0000L;
    int lowest = 1 - bias;
    int drop = 52 - fraction + Math.max(0, lowest - exponent);
    if (drop > 53) {
      return (short) sign;
    }
    long kept = significand >>> drop;
    long rest = significand & ((1L << drop) - 1);
    long half = 1L << (drop - 1);
    if (rest > half || (rest == half && (kept & 1) == 1)) {
      kept++;
    }
    // A normal number's leading bit is the +1 in its biased exponent; a carry moves on by itself.
    long biased = exponent < lowest ? kept : kept + ((long) (exponent - lowest) << fraction);
    return (short) (sign | (int) Math.min(biased, infinity));
  }
}
