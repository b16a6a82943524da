package io.medforge.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both 16-bit float types: every one of the 65,536 patterns, and every midpoint between two. */
class HalfPrecisionTest {
  private static final int PATTERNS = 1 << 16;

  /** The value by the definition of the format. */
  private static double definition(DType type, int bits) {
    int fraction = type == DType.F16 ? 10 : 7;
    int bias = type == DType.F16 ? 15 : 127;
    int allOnes = (1 << (15 - fraction)) - 1;
    int exponent = (bits >> fraction) & allOnes;
    double significand = (bits & ((1 << fraction) - 1)) / (double) (1 << fraction);
    double sign = (bits & 0x8000) == 0 ? 1 : -1;
    if (exponent == allOnes) {
      return significand == 0 ? sign * Double.POSITIVE_INFINITY : Double.NaN;
    }
    return exponent == 0
        ? sign * significand * Math.pow(2, 1 - bias)
        : sign * (1 + significand) * Math.pow(2, exponent - bias);
  }

  private static ByteBuffer allPatterns() {
    ByteBuffer bytes = ByteBuffer.allocate(2 * PATTERNS).order(ByteOrder.LITTLE_ENDIAN);
    for (int bits = 0; bits < PATTERNS; bits++) {
      bytes.putShort((short) bits);
    }
    return bytes.flip();
  }

  private static int encode(DType type, double value) {
    ByteBuffer bytes = ByteBuffer.allocate(2);
    type.encode(new double[] {value}, 0, 1, bytes);
    return bytes.flip().order(ByteOrder.LITTLE_ENDIAN).getShort() & 0xFFFF;
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void everyPatternDecodesToItsDefinition(DType type) {
    double[] doubles = new double[PATTERNS];
    float[] floats = new float[PATTERNS];
    type.decode(allPatterns(), doubles, 0, PATTERNS);
    type.decode(allPatterns(), floats, 0, PATTERNS);
    for (int bits = 0; bits < PATTERNS; bits++) {
      Double expected = definition(type, bits);
      assertThat(doubles[bits]).as("pattern %04x", bits).isEqualTo(expected);
      assertThat((double) floats[bits]).as("pattern %04x", bits).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void everyPatternSurvivesARoundTrip(DType type) {
    double[] values = new double[PATTERNS];
    type.decode(allPatterns(), values, 0, PATTERNS);
    for (int bits = 0; bits < PATTERNS; bits++) {
      if (Double.isNaN(values[bits])) {
        assertThat(definition(type, encode(type, values[bits]))).isNaN();
      } else {
        assertThat(encode(type, values[bits])).as("pattern %04x", bits).isEqualTo(bits);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void everyMidpointRoundsToEvenAndItsNeighboursToTheirSide(DType type) {
    int infinity = type == DType.F16 ? 0x7C00 : 0x7F80;
    for (int bits = 0; bits < infinity; bits++) {
      double low = definition(type, bits);
      // Past the largest finite value the next step would have been as wide as the one before.
      double high =
          bits + 1 == infinity
              ? low + (low - definition(type, bits - 1))
              : definition(type, bits + 1);
      double middle = low + (high - low) / 2;
      int even = bits % 2 == 0 ? bits : bits + 1;
      for (int sign : new int[] {0, 0x8000}) {
        double signed = sign == 0 ? middle : -middle;
        double towardsZero = sign == 0 ? Math.nextDown(middle) : -Math.nextDown(middle);
        double away = sign == 0 ? Math.nextUp(middle) : -Math.nextUp(middle);
        assertThat(encode(type, signed)).as("middle above %04x", bits).isEqualTo(sign | even);
        assertThat(encode(type, towardsZero)).as("below it, %04x", bits).isEqualTo(sign | bits);
        assertThat(encode(type, away)).as("above it, %04x", bits).isEqualTo(sign | (bits + 1));
      }
    }
  }

  @Test
  void roundsOnceNotTwice() {
    // Just above the middle of 1 and the next half; a float on the way would land on the middle.
    double value = 1 + 0x1p-11 + 0x1p-40;
    assertThat(encode(DType.F16, (float) value)).isEqualTo(0x3C00);
    assertThat(encode(DType.F16, value)).isEqualTo(0x3C01);
    double brain = 1 + 0x1p-8 + 0x1p-40;
    assertThat(encode(DType.BF16, (float) brain)).isEqualTo(0x3F80);
    assertThat(encode(DType.BF16, brain)).isEqualTo(0x3F81);
  }

  @Test
  void extremesOfDouble() {
    assertThat(encode(DType.F16, 65519.99)).isEqualTo(0x7BFF);
    assertThat(encode(DType.F16, 65520)).isEqualTo(0x7C00);
    assertThat(encode(DType.F16, Double.MAX_VALUE)).isEqualTo(0x7C00);
    assertThat(encode(DType.F16, Double.NEGATIVE_INFINITY)).isEqualTo(0xFC00);
    assertThat(encode(DType.F16, Double.MIN_VALUE)).isZero();
    assertThat(encode(DType.F16, -Double.MIN_VALUE)).isEqualTo(0x8000);
    assertThat(encode(DType.BF16, Double.MAX_VALUE)).isEqualTo(0x7F80);
    assertThat(encode(DType.BF16, Double.MIN_NORMAL)).isZero();
    assertThat(encode(DType.BF16, -0.0)).isEqualTo(0x8000);
    assertThat(encode(DType.F16, Double.NaN) & 0x7FFF).isGreaterThan(0x7C00);
    assertThat(encode(DType.BF16, Double.NaN) & 0x7FFF).isGreaterThan(0x7F80);
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_20, disabledReason = "the platform converts since Java 20")
  void agreesWithThePlatformWhereItCanConvert() throws ReflectiveOperationException {
    Method toFloat = Float.class.getMethod("float16ToFloat", short.class);
    Method toHalf = Float.class.getMethod("floatToFloat16", float.class);
    float[] found = new float[PATTERNS];
    DType.F16.decode(allPatterns(), found, 0, PATTERNS);
    for (int bits = 0; bits < PATTERNS; bits++) {
      assertThat(found[bits]).isEqualTo((Float) toFloat.invoke(null, (short) bits));
    }
    for (int i = 0; i < 1 << 20; i++) {
      float value = Float.intBitsToFloat(i * 4099);
      if (!Float.isNaN(value)) {
        assertThat(encode(DType.F16, value)).isEqualTo((Short) toHalf.invoke(null, value) & 0xFFFF);
      }
    }
  }

  @Test
  void theDefinitionUsedHereIsExact() {
    assertThat(new BigDecimal(definition(DType.F16, 0x0001)))
        .isEqualByComparingTo(BigDecimal.ONE.divide(BigDecimal.valueOf(1L << 24)));
    assertThat(definition(DType.F16, 0x7BFF)).isEqualTo(65504);
    assertThat(definition(DType.BF16, 0x3F80)).isEqualTo(1);
  }
}
