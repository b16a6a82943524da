package io.medforge.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class DTypeTest {
  private static ByteBuffer of(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value);
  }

  private static double one(DType type, ByteBuffer bytes) {
    double[] into = new double[1];
    type.decode(bytes, into, 0, 1);
    return into[0];
  }

  private static float oneFloat(DType type, ByteBuffer bytes) {
    float[] into = new float[1];
    type.decode(bytes, into, 0, 1);
    return into[0];
  }

  @Property
  void integersDecodeAsTheirWidthAndSignSay(@ForAll long bits) {
    assertThat(one(DType.I8, of(bits))).isEqualTo((byte) bits);
    assertThat(one(DType.U8, of(bits))).isEqualTo((double) (bits & 0xFF));
    assertThat(one(DType.I16, of(bits))).isEqualTo((short) bits);
    assertThat(one(DType.U16, of(bits))).isEqualTo((double) (bits & 0xFFFF));
    assertThat(one(DType.I32, of(bits))).isEqualTo((int) bits);
    assertThat(one(DType.U32, of(bits))).isEqualTo((double) (bits & 0xFFFF_FFFFL));
    assertThat(oneFloat(DType.I32, of(bits))).isEqualTo((float) (int) bits);
    assertThat(oneFloat(DType.U32, of(bits))).isEqualTo((float) (bits & 0xFFFF_FFFFL));
    assertThat(oneFloat(DType.I64, of(bits))).isEqualTo((float) bits);
    assertThat(oneFloat(DType.U64, of(bits)))
        .isEqualTo(new BigInteger(Long.toUnsignedString(bits)).floatValue());
  }

  @Property(tries = 2000)
  void wideIntegersAreExactAsDoublesOrRefused(@ForAll long bits) {
    long[] near = {bits, bits >> 11, bits & -2048L, -bits, Long.MIN_VALUE, Long.MAX_VALUE};
    for (long value : near) {
      checkExact(DType.I64, value, BigInteger.valueOf(value));
      checkExact(DType.U64, value, new BigInteger(Long.toUnsignedString(value)));
    }
  }

  private static void checkExact(DType type, long bits, BigInteger value) {
    boolean exact = new BigDecimal(value.doubleValue()).toBigInteger().equals(value);
    if (exact) {
      assertThat(one(type, of(bits))).isEqualTo(value.doubleValue());
    } else {
      assertThatThrownBy(() -> one(type, of(bits)))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining(value.toString());
    }
  }

  /** Around the length that F32 moves at a time, at an odd place of an odd buffer. */
  @Example
  void manyFloatsMoveAsOneByOne() {
    for (int count : new int[] {0, 1, 2047, 2048, 2049, 5000}) {
      ByteBuffer bytes = ByteBuffer.allocate(3 + 4 * count).position(3);
      double[] values = new SplittableRandom(count).doubles(count + 2, -1e30, 1e30).toArray();
      DType.F32.encode(values, 1, count, bytes);
      assertThat(bytes.remaining()).isZero();
      bytes.position(3);
      double[] into = new double[count + 2];
      DType.F32.decode(bytes, into, 2, count);
      assertThat(bytes.remaining()).isZero();
      for (int i = 0; i < count; i++) {
        assertThat(bytes.getFloat(3 + 4 * i)).isEqualTo((float) values[1 + i]);
        assertThat(into[2 + i]).isEqualTo((float) values[1 + i]);
      }
      assertThat(into[0] + into[1]).isZero();
    }
  }

  @Property
  void floatsKeepTheirBits(@ForAll float f32, @ForAll double f64) {
    ByteBuffer bytes = ByteBuffer.allocate(12);
    DType.F32.encode(new double[] {f32}, 0, 1, bytes);
    DType.F64.encode(new double[] {f64}, 0, 1, bytes);
    bytes.flip();
    assertThat(oneFloat(DType.F32, bytes)).isEqualTo(f32);
    assertThat(bytes.position()).isEqualTo(4);
    assertThat(one(DType.F64, bytes)).isEqualTo(f64);
    assertThat(bytes.remaining()).isZero();
    bytes.position(4);
    assertThat(oneFloat(DType.F64, bytes)).isEqualTo((float) f64);
  }

  @Example
  void readsLittleEndianWhateverTheBufferSays() {
    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      ByteBuffer bytes = ByteBuffer.wrap(new byte[] {0, 0, (byte) 0x80, 0x3F}).order(order);
      assertThat(oneFloat(DType.F32, bytes)).isEqualTo(1f);
      ByteBuffer into = ByteBuffer.allocate(4).order(order);
      DType.F32.encode(new double[] {1}, 0, 1, into);
      assertThat(into.array()).containsExactly(0, 0, 0x80, 0x3F);
    }
  }

  @Example
  void decodesToItsPlaceInTheArray() {
    ByteBuffer bytes = ByteBuffer.wrap(new byte[] {9, 1, 2, 3, 9}).position(1);
    double[] into = {7, 7, 7, 7, 7};
    DType.U8.decode(bytes, into, 1, 3);
    assertThat(into).containsExactly(7, 1, 2, 3, 7);
    assertThat(bytes.position()).isEqualTo(4);
  }

  @Example
  void rawTypesAreRefusedByName() {
    for (DType type : DType.values()) {
      if (!type.hasValues()) {
        assertThat(type.isFloatingPoint()).isFalse();
        assertThatThrownBy(() -> one(type, of(0)))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining(type.name());
      }
      if (!type.isFloatingPoint()) {
        assertThatThrownBy(() -> type.encode(new double[] {1}, 0, 1, ByteBuffer.allocate(8)))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining(type.name());
      }
    }
  }

  @Example
  void sizesInBytes() {
    assertThat(DType.F4.byteSize(Shape.of(3, 2))).isEqualTo(3);
    assertThat(DType.F6_E2M3.byteSize(Shape.of(4))).isEqualTo(3);
    assertThat(DType.C64.byteSize(Shape.of())).isEqualTo(8);
    assertThat(DType.F32.byteSize(Shape.of(1L << 40))).isEqualTo(1L << 42);
    assertThatThrownBy(() -> DType.F4.byteSize(Shape.of(3)))
        .isInstanceOf(ArithmeticException.class)
        .hasMessageContaining("12 bits");
    assertThatThrownBy(() -> DType.F64.byteSize(Shape.of(Long.MAX_VALUE)))
        .isInstanceOf(ArithmeticException.class);
  }
}
