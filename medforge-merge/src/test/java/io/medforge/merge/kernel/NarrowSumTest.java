package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Law 8: every implementation against the obvious loop over the api's own conversion, bit for bit.
 */
class NarrowSumTest {
  private static final int[] SIZES = {0, 1, 2, 7, 15, 16, 17, 2047, 2048, 2050, 4096, 9001};

  /** Bytes before a buffer's first element. */
  private static final int BEFORE = 6;

  record Implementation(FloatFormat format, NarrowSum sum) {
    @Override
    public String toString() {
      return format + " " + sum.getClass().getSimpleName();
    }
  }

  static Stream<Implementation> implementations() {
    return Stream.of(FloatFormat.BF16, FloatFormat.F16)
        .flatMap(
            format ->
                Stream.of(
                        Stream.of(NarrowSum.plain(format), NarrowSum.of(format)),
                        NarrowSum.vector(format).stream(),
                        NarrowSum.converting().filter(s -> format == FloatFormat.F16).stream())
                    .flatMap(all -> all)
                    .map(sum -> new Implementation(format, sum)));
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void testsRunWithTheVectorApi(FloatFormat format) {
    assertThat(NarrowSum.vector(format)).isPresent();
    assertThat(NarrowSum.isVector(format)).isTrue();
  }

  @Test
  void convertsWhereTheJdkCan() {
    assertThat(NarrowSum.converting().isPresent()).isEqualTo(Runtime.version().feature() >= 21);
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void hasTheBitsOfTheObviousLoop(Implementation it) {
    Random random = new Random(11);
    for (int size : SIZES) {
      for (int n = 1; n <= 9; n++) {
        short[][] inputs = new short[n][size + 3];
        float[] weights = new float[n];
        for (int k = 0; k < n; k++) {
          weights[k] = k == 3 ? 0 : (float) random.nextGaussian() / n;
          for (int i = 0; i < inputs[k].length; i++) {
            inputs[k][i] = awkward(it.format(), random);
          }
        }
        short[] out = filled(size + 3);

        boolean finite = sum(it, weights, inputs, out, size);

        assertThat(finite).as("size %d, n %d", size, n).isTrue();
        assertThat(out).as("size %d, n %d", size, n).isEqualTo(obvious(it, weights, inputs, size));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void roundsOnceToNearestEven(Implementation it) {
    // One input: the weight's bits decide everything about rounding, halfway cases and subnormals
    // included.
    Random random = new Random(13);
    short one = encode(it.format(), 1);
    short[] ones = new short[64];
    Arrays.fill(ones, one);
    for (int round = 0; round < 20_000; round++) {
      int bits = random.nextInt();
      bits = round % 3 == 0 ? bits & 0xffff_f000 : bits;
      bits = round % 5 == 0 ? (bits & 0xffff_8000) | 0x8000 : bits;
      float weight = Float.intBitsToFloat(bits);
      float limit = it.format() == FloatFormat.F16 ? 65519.99f : 0x1.fefffep127f;
      if (!(Math.abs(weight) <= limit)) {
        continue;
      }
      short[] out = new short[64];
      assertThat(sum(it, new float[] {weight}, new short[][] {ones}, out, 64)).isTrue();
      short expected = encode(it.format(), weight);
      assertThat(out[0]).as("%h", bits).isEqualTo(expected);
      assertThat(out[1]).as("%h", bits).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void saysWhenAnInputIsNotFinite(Implementation it) {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      for (float weight : new float[] {0, 1e-3f, 1}) {
        for (int at : new int[] {0, 1, 2046, 2047, 2048, 4099}) {
          short[][] inputs = new short[2][4100];
          inputs[1][at] = encode(it.format(), bad);
          boolean finite = sum(it, new float[] {1, weight}, inputs, new short[4100], 4100);
          assertThat(finite).as("%s at %d, times %s", bad, at, weight).isFalse();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void saysWhenAResultIsOutOfRange(Implementation it) {
    boolean half = it.format() == FloatFormat.F16;
    float last = half ? 65504 : 0x1.fep127f;
    float[] beyond = half ? new float[] {1.000245f, 1.5f, 3, 1e6f} : new float[] {1.002f, 1.99f, 3};
    for (int at : new int[] {0, 1, 2047, 4098}) {
      short[][] inputs = new short[1][4099];
      inputs[0][at] = encode(it.format(), last);
      short[] out = new short[4099];
      assertThat(sum(it, new float[] {1}, inputs, out, 4099)).isTrue();
      assertThat(out).isEqualTo(inputs[0]);
      for (float weight : beyond) {
        assertThat(sum(it, new float[] {weight}, inputs, out, 4099))
            .as("times %s at %d", weight, at)
            .isFalse();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void refusesBuffersThatAreShorter(Implementation it) {
    ByteBuffer enough = ByteBuffer.allocateDirect(2 * 64);
    ByteBuffer less = ByteBuffer.allocateDirect(2 * 64 - 1);
    float[] weights = {1, 1};
    assertThatThrownBy(() -> it.sum().sum(weights, new ByteBuffer[] {enough, less}, enough, 64))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> it.sum().sum(weights, new ByteBuffer[] {enough, enough}, less, 64))
        .isInstanceOf(IndexOutOfBoundsException.class);
    // Twice the first is less than nothing to an int.
    for (int beyond : new int[] {1 << 30, Integer.MAX_VALUE, -1, -64}) {
      assertThatThrownBy(
              () -> it.sum().sum(weights, new ByteBuffer[] {enough, enough}, enough, beyond))
          .as("%d elements", beyond)
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  /** Over arrays and over buffers, which must agree. */
  private static boolean sum(
      Implementation it, float[] weights, short[][] inputs, short[] out, int count) {
    short[] other = out.clone();
    boolean finite = sumBuffers(it, weights, inputs, other, count);
    assertThat(it.sum().sum(weights, inputs, out, count)).isEqualTo(finite);
    if (finite) {
      assertThat(out).isEqualTo(other);
    }
    return finite;
  }

  /** From and to buffers that begin and end elsewhere, of the wrong order, direct or not. */
  private static boolean sumBuffers(
      Implementation it, float[] weights, short[][] inputs, short[] out, int count) {
    ByteBuffer[] from = new ByteBuffer[inputs.length];
    for (int k = 0; k < inputs.length; k++) {
      from[k] = buffer(inputs[k], k % 2 == 0);
    }
    ByteBuffer to = buffer(out, true);
    boolean finite = it.sum().sum(weights, from, to, count);
    assertThat(to.position()).isEqualTo(BEFORE);
    to.order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(out);
    for (int k = 0; k < inputs.length; k++) {
      assertThat(from[k].position()).isEqualTo(BEFORE);
      short[] after = new short[inputs[k].length];
      from[k].order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(after);
      assertThat(after).isEqualTo(inputs[k]);
    }
    return finite;
  }

  private static ByteBuffer buffer(short[] elements, boolean direct) {
    int bytes = BEFORE + 2 * elements.length;
    ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(bytes) : ByteBuffer.allocate(bytes);
    buffer.position(BEFORE).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().put(elements);
    return buffer.order(ByteOrder.BIG_ENDIAN);
  }

  private static short[] obvious(Implementation it, float[] weights, short[][] inputs, int size) {
    float[][] values = new float[inputs.length][];
    for (int k = 0; k < inputs.length; k++) {
      values[k] = decode(it.format(), inputs[k]);
    }
    short[] expected = filled(size + 3);
    for (int i = 0; i < size; i++) {
      float sum = weights[0] * values[0][i];
      for (int k = 1; k < inputs.length; k++) {
        sum = sum + weights[k] * values[k][i];
      }
      expected[i] = encode(it.format(), sum);
    }
    return expected;
  }

  /** Every exponent and both signs, but nothing that nine of them could add up to infinity. */
  private static short awkward(FloatFormat format, Random random) {
    int exponents = format == FloatFormat.F16 ? 28 : 250;
    int mantissa = format == FloatFormat.F16 ? 10 : 7;
    int exponent = random.nextInt(4) == 0 ? 0 : random.nextInt(exponents);
    int bits = (exponent << mantissa) | random.nextInt(1 << mantissa);
    return (short) (random.nextBoolean() ? bits | 0x8000 : bits);
  }

  private static float[] decode(FloatFormat format, short[] stored) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * stored.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(stored);
    float[] values = new float[stored.length];
    DType.valueOf(format.name()).decode(bytes, values, 0, stored.length);
    return values;
  }

  private static short encode(FloatFormat format, float value) {
    if (!Float.isFinite(value)) {
      int bits = Float.floatToIntBits(value);
      int quiet = Float.isNaN(value) ? 0x7fff : (bits >>> 16) & 0x8000;
      return (short) (quiet | (format == FloatFormat.F16 ? 0x7c00 : 0x7f80));
    }
    ByteBuffer bytes = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
    DType.valueOf(format.name()).encode(new double[] {value}, 0, 1, bytes);
    return bytes.getShort(0);
  }

  private static short[] filled(int size) {
    short[] values = new short[size];
    Arrays.fill(values, (short) 42);
    return values;
  }
}
