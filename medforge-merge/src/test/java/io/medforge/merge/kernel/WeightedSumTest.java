package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightedSumTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 5, 7, 13, 207, 702, 2046, 4098, 12345})
  void hasTheBitsOfTheObviousLoop(int size) {
    SplittableRandom random = new SplittableRandom(size);
    for (int n = 0; n <= 13; n++) {
      float[] weights = new float[n];
      float[][] inputs = new float[n][size + 3];
      for (int k = 0; k < n; k++) {
        weights[k] = (float) random.nextDouble(-2, 2);
        for (int i = 0; i < inputs[k].length; i++) {
          inputs[k][i] = awkward(random);
        }
      }
      float[] out = filled(size + 3);
      WeightedSum.of(weights, inputs, out, size);
      float[] expected = filled(size + 3);
      for (int i = 0; i < size; i++) {
        float sum = n == 0 ? 0 : weights[0] * inputs[0][i];
        for (int k = 1; k < n; k++) {
          sum += weights[k] * inputs[k][i];
        }
        expected[i] = sum;
      }
      assertThat(bits(out)).as("n = %d", n).isEqualTo(bits(expected));
    }
  }

  @Test
  void multipliesAndAddsApart() {
    // With a fused multiply-add the low bits of the product would survive the subtraction.
    float x = 1 + 0x1p-12f;
    float[] out = new float[1];
    WeightedSum.of(new float[] {1, x}, new float[][] {{-(x * x)}, {x}}, out, 1);
    assertThat(out[0]).isZero();
  }

  private static float awkward(SplittableRandom random) {
    return switch (random.nextInt(12)) {
      case 0 -> 0f;
      case 1 -> -0f;
      case 2 -> Float.MIN_VALUE;
      case 3 -> Float.MAX_VALUE;
      default -> (float) random.nextDouble(-1, 1);
    };
  }

  private static float[] filled(int size) {
    float[] values = new float[size];
    Arrays.fill(values, 42);
    return values;
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToIntBits(values[i]);
    }
    return bits;
  }
}
