package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Law 8 of the design: every kernel equals its obvious version, whatever the size. */
class KernelLawsTest {
  private static final double BOUND = 1e-13;

  @Property(tries = 300)
  void aWeightedSumHasTheBitsOfTheObviousLoop(
      @ForAll @IntRange(min = 0, max = 17) int n,
      @ForAll @IntRange(min = 0, max = 9000) int size,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] weights = new float[n];
    float[][] inputs = new float[n][size];
    for (int k = 0; k < n; k++) {
      weights[k] = anyFinite(random);
      for (int i = 0; i < size; i++) {
        inputs[k][i] = anyFinite(random);
      }
    }
    float[] out = new float[size];
    WeightedSum.of(weights, inputs, out, size);
    for (int i = 0; i < size; i++) {
      float sum = n == 0 ? 0 : weights[0] * inputs[0][i];
      for (int k = 1; k < n; k++) {
        sum += weights[k] * inputs[k][i];
      }
      assertThat(Float.floatToIntBits(out[i])).isEqualTo(Float.floatToIntBits(sum));
    }
  }

  @Property(tries = 100)
  void aProductsSingularValuesAreThoseOfTheDenseSum(
      @ForAll @IntRange(min = 1, max = 30) int d,
      @ForAll @IntRange(min = 1, max = 30) int k,
      @ForAll @IntRange(min = 1, max = 40) int terms,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] left = Dense.randomColumns(random, terms, d);
    double[][] right = Dense.randomColumns(random, terms, k);
    double[] coefficients = random.doubles(terms, -2, 2).toArray();
    double[] expected = Dense.singularValues(Dense.outerProducts(left, right, coefficients));
    double[] found = ProductSvd.of(left, right, coefficients).singularValues();
    assertThat(found).hasSize(Math.min(terms, Math.min(d, k)));
    for (int j = 0; j < expected.length; j++) {
      double value = j < found.length ? found[j] : 0;
      assertThat(value).isCloseTo(expected[j], within(BOUND * Math.max(1, terms * expected[0])));
    }
  }

  /** Any bits but infinities and NaN: subnormals, both zeros, the largest numbers. */
  private static float anyFinite(SplittableRandom random) {
    float value = Float.intBitsToFloat(random.nextInt());
    return Float.isFinite(value) ? value : 0;
  }
}
