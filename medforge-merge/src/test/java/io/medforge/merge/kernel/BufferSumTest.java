package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Law 8: sums of F32 buffers against the obvious loop, bit for bit; {@link NarrowSumTest} too. */
class BufferSumTest {
  private static final int[] SIZES = {0, 1, 2, 7, 8, 15, 16, 17, 1023, 1024, 1031, 2050, 9001};

  /** Bytes before a buffer's first element. */
  private static final int BEFORE = 12;

  private final BufferSum sum = BufferSum.of(FloatFormat.F32).orElseThrow();

  @ParameterizedTest
  @EnumSource(FloatFormat.class)
  void testsRunWithTheVectorApi(FloatFormat format) {
    assertThat(BufferSum.of(format)).isPresent();
  }

  @Test
  void hasTheBitsOfTheObviousLoop() {
    Random random = new Random(17);
    for (int size : SIZES) {
      for (int n = 1; n <= 9; n++) {
        float[] weights = new float[n];
        float[][] inputs = new float[n][size];
        for (int k = 0; k < n; k++) {
          weights[k] = k == 3 ? 0 : (float) random.nextGaussian() / n;
          for (int i = 0; i < size; i++) {
            inputs[k][i] = awkward(random);
          }
        }

        ByteBuffer out = summed(weights, inputs, size, true);

        for (int i = 0; i < size; i++) {
          float expected = weights[0] * inputs[0][i];
          for (int k = 1; k < n; k++) {
            expected = expected + weights[k] * inputs[k][i];
          }
          assertThat(out.getInt(BEFORE + 4 * i))
              .as("element %d of %d, n %d", i, size, n)
              .isEqualTo(Float.floatToRawIntBits(expected));
        }
        assertThat(out.getInt(BEFORE + 4 * size)).as("behind").isEqualTo(42);
      }
    }
  }

  @Test
  void saysWhenSomethingIsNotFinite() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      for (float weight : new float[] {0, 1e-3f, 1}) {
        for (int n : new int[] {1, 2, 3, 4, 5, 8}) {
          for (int at : new int[] {0, 1, 1023, 1024, 1030}) {
            float[] weights = new float[n];
            weights[n - 1] = weight;
            float[][] inputs = new float[n][1031];
            inputs[n - 1][at] = bad;
            summed(weights, inputs, 1031, false);
          }
        }
      }
    }
  }

  @Test
  void saysWhenTheSumIsBeyondTheRangeAndOnlyThen() {
    for (int at : new int[] {0, 1023, 1030}) {
      float[][] inputs = new float[2][1031];
      inputs[0][at] = Float.MAX_VALUE;
      inputs[1][at] = Float.MAX_VALUE;
      summed(new float[] {0.5f, 0.5f}, inputs, 1031, true);
      summed(new float[] {1, -1}, inputs, 1031, true);
      summed(new float[] {1, 0.25f}, inputs, 1031, false);
    }
    float[][] large = new float[1][1031];
    Arrays.fill(large[0], Float.MAX_VALUE);
    summed(new float[] {1}, large, 1031, true);
  }

  @Test
  void refusesBuffersThatAreShorter() {
    ByteBuffer enough = ByteBuffer.allocateDirect(4 * 64);
    ByteBuffer less = ByteBuffer.allocateDirect(4 * 64 - 1);
    float[] weights = {1, 1};
    assertThatThrownBy(() -> sum.sum(weights, new ByteBuffer[] {enough, less}, enough, 64))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> sum.sum(weights, new ByteBuffer[] {enough, enough}, less, 64))
        .isInstanceOf(IndexOutOfBoundsException.class);
    // Four times these are 0, and 4, to an int.
    for (int beyond : new int[] {1 << 30, (1 << 30) + 1, -1}) {
      assertThatThrownBy(() -> sum.sum(weights, new ByteBuffer[] {enough, enough}, enough, beyond))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  private ByteBuffer summed(float[] weights, float[][] inputs, int size, boolean finite) {
    ByteBuffer[] from = new ByteBuffer[inputs.length];
    for (int k = 0; k < inputs.length; k++) {
      from[k] = buffer(size, k % 2 == 0);
      from[k].order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(inputs[k]);
      from[k].order(ByteOrder.BIG_ENDIAN);
    }
    ByteBuffer out = buffer(size, size % 3 != 0);
    assertThat(sum.sum(weights, from, out, size)).isEqualTo(finite);
    assertThat(out.position()).isEqualTo(BEFORE);
    for (ByteBuffer input : from) {
      assertThat(input.position()).isEqualTo(BEFORE);
    }
    return out.order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer buffer(int size, boolean direct) {
    int bytes = BEFORE + 4 * size + 4;
    ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(bytes) : ByteBuffer.allocate(bytes);
    buffer.order(ByteOrder.LITTLE_ENDIAN).putInt(BEFORE + 4 * size, 42);
    return buffer.order(ByteOrder.BIG_ENDIAN).position(BEFORE);
  }

  /** Every exponent and both signs, but nothing that nine of them could add up to infinity. */
  private static float awkward(Random random) {
    int exponent = random.nextInt(4) == 0 ? 0 : random.nextInt(250);
    int bits = (exponent << 23) | random.nextInt(1 << 23);
    return Float.intBitsToFloat(random.nextBoolean() ? bits | 0x80000000 : bits);
  }
}
