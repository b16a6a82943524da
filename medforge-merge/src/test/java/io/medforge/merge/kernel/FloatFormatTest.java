package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Law 8 against the api's own conversion, element by element. */
class FloatFormatTest {
  private static final int ALL = 1 << 16;
  private final FloatFormat.Scratch scratch = new FloatFormat.Scratch(ALL);

  @ParameterizedTest
  @CsvSource({"BF16, false", "BF16, true", "F16, false", "F16, true"})
  void decodesEveryPattern(FloatFormat format, boolean planar) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(2 * ALL).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < ALL; i++) {
      bytes.putShort(2 * i, (short) i);
    }
    float[] expected = new float[ALL];
    DType.valueOf(format.name()).decode(bytes.duplicate(), expected, 0, ALL);
    float[] found = new float[ALL];

    boolean finite = format.decode(bytes, found, ALL, planar, scratch);

    assertThat(finite).isEqualTo(format == FloatFormat.BF16);
    for (int i = 0; i < ALL; i++) {
      if (Float.isFinite(expected[i])) {
        assertThat(Float.floatToRawIntBits(found[place(i, ALL, planar)]))
            .as("pattern %x", i)
            .isEqualTo(Float.floatToRawIntBits(expected[i]));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"BF16, false", "BF16, true", "F16, false", "F16, true", "F32, false"})
  void encodesFiniteValuesWithOneRounding(FloatFormat format, boolean planar) {
    float limit = format == FloatFormat.F16 ? 65519.99f : 0x1.fefffep127f;
    float[] values = new float[ALL];
    Random random = new Random(7);
    for (int i = 0; i < ALL; i++) {
      float drawn = Float.intBitsToFloat(random.nextInt());
      // Every exponent, with many of the rounding's borderline cases.
      int bits = Float.floatToRawIntBits(drawn) & (i % 3 == 0 ? 0xffff_f000 : -1);
      bits = i % 5 == 0 ? (bits & 0xffff_8000) | 0x8000 : bits;
      float value = Float.intBitsToFloat(bits);
      values[i] = Math.abs(value) <= limit ? value : (float) random.nextGaussian();
    }
    values[1] = -0f;
    values[2] = limit;
    values[3] = 0x1p-25f;
    values[4] = 0x1.000002p-25f;
    values[5] = 0x1.ffep-15f;
    double[] wide = new double[ALL];
    for (int i = 0; i < ALL; i++) {
      wide[i] = values[i];
    }
    ByteBuffer expected = ByteBuffer.allocate(format.bytes() * ALL);
    DType.valueOf(format.name()).encode(wide, 0, ALL, expected);
    ByteBuffer found = ByteBuffer.allocateDirect(format.bytes() * ALL);

    boolean finite = format.encode(placed(values, planar), ALL, found, planar, scratch);

    assertThat(finite).isTrue();
    assertThat(found.position()).isEqualTo(found.limit());
    assertThat(found.flip()).isEqualTo(expected.flip());
  }

  @ParameterizedTest
  @EnumSource(FloatFormat.class)
  void saysWhenAValueIsNotFiniteOrOutOfRange(FloatFormat format) {
    float beyond = format == FloatFormat.F16 ? 65520 : Float.MAX_VALUE;
    for (float bad :
        new float[] {
          Float.NaN,
          Float.intBitsToFloat(0x7f800001),
          Float.intBitsToFloat(0xffffffff),
          Float.POSITIVE_INFINITY,
          Float.NEGATIVE_INFINITY,
          beyond,
          -beyond
        }) {
      for (int place : new int[] {0, 1, 6, 9}) {
        boolean stays = format == FloatFormat.F32 && Math.abs(bad) == Float.MAX_VALUE;
        assertThat(encodes(format, bad, place, false)).as("%s", bad).isEqualTo(stays);
        if (format != FloatFormat.F32) {
          assertThat(encodes(format, bad, place, true)).as("%s planar", bad).isFalse();
        }
      }
    }
    for (float huge : new float[] {65535, 65536, 1e6f, 1e30f}) {
      assertThat(encodes(format, huge, 3, format != FloatFormat.F32))
          .isEqualTo(format != FloatFormat.F16);
    }
  }

  @Test
  void findsWhatIsNotFiniteAtEveryPlaceOfATile() {
    for (int count : new int[] {1, 2, 63, 64, 65, 127, 129, 257, 1023, 2048}) {
      ByteBuffer into = ByteBuffer.allocate(4 * count);
      float[] values = new float[count];
      for (int place = 0; place < count; place++) {
        values[place] = place % 2 == 0 ? Float.NaN : Float.NEGATIVE_INFINITY;
        assertThat(FloatFormat.F32.encode(values.clone(), count, into.clear(), false, scratch))
            .as("%d of %d", place, count)
            .isFalse();
        values[place] = 0;
      }
      // Their sum is beyond the range; they are not.
      Arrays.fill(values, Float.MAX_VALUE);
      assertThat(FloatFormat.F32.encode(values, count, into.clear(), false, scratch)).isTrue();
    }
  }

  private boolean encodes(FloatFormat format, float value, int place, boolean planar) {
    float[] values = new float[10];
    values[place] = value;
    ByteBuffer into = ByteBuffer.allocate(10 * format.bytes());
    return format.encode(values, 10, into, planar, scratch);
  }

  @Test
  void decodesAnOddTailInOrder() {
    ByteBuffer bytes = ByteBuffer.allocate(6).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putShort((short) 0x3f80).putShort((short) 0xc000).putShort((short) 0x4040).flip();
    float[] found = new float[3];
    FloatFormat.BF16.decode(bytes, found, 3, false, scratch);
    assertThat(found).containsExactly(1f, -2f, 3f);
  }

  private static int place(int i, int count, boolean planar) {
    return planar ? i / 2 + (i % 2) * (count / 2) : i;
  }

  private static float[] placed(float[] values, boolean planar) {
    float[] placed = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      placed[place(i, values.length, planar)] = values[i];
    }
    return placed;
  }
}
