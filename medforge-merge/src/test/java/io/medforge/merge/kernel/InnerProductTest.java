package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InnerProductTest {
  /** Against the products multiplied out, for every remainder of the pairs and fours. */
  @Property(tries = 150)
  void agreesWithDenseMatrices(
      @ForAll @IntRange(min = 1, max = 11) int p,
      @ForAll @IntRange(min = 1, max = 11) int q,
      @ForAll @IntRange(min = 1, max = 9) int d,
      @ForAll @IntRange(min = 1, max = 9) int k,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] b = vectors(random, p, d);
    double[][] a = vectors(random, p, k);
    double[][] c = vectors(random, q, d);
    double[][] e = vectors(random, q, k);
    double inner = 0;
    double square = 0;
    for (int row = 0; row < d; row++) {
      for (int column = 0; column < k; column++) {
        double one = element(b, a, row, column);
        inner += one * element(c, e, row, column);
        square += one * one;
      }
    }
    double size = size(b, a) * size(b, a);
    assertThat(InnerProduct.squaredNorm(b, a)).isCloseTo(square, within(1e-14 * size));
    assertThat(InnerProduct.ofProducts(b, a, c, e))
        .isCloseTo(inner, within(1e-14 * size(b, a) * size(c, e)));
  }

  /** More vectors than are taken at a time, longer than a tile. */
  @ParameterizedTest
  @CsvSource({"1,1", "33,5", "65,513", "70,1030"})
  void manyLongVectorsAgreeWithSingleProducts(int count, int length) {
    SplittableRandom random = new SplittableRandom(count);
    double[][] b = vectors(random, count, length);
    double[][] a = vectors(random, count, 3);
    double[][] gram = InnerProduct.gram(b);
    double square = 0;
    for (int p = 0; p < count; p++) {
      for (int q = 0; q < count; q++) {
        assertThat(gram[p][q])
            .isEqualTo(gram[q][p])
            .isCloseTo(InnerProduct.of(b[p], b[q]), within(1e-15 * length * length));
        square += gram[p][q] * InnerProduct.of(a[p], a[q]);
      }
    }
    double size = size(b, a) * size(b, a);
    assertThat(InnerProduct.squaredNorm(b, a)).isCloseTo(square, within(1e-14 * size));
    assertThat(InnerProduct.ofProducts(b, a, b, a)).isCloseTo(square, within(1e-14 * size));
  }

  private static double element(double[][] b, double[][] a, int row, int column) {
    double sum = 0;
    for (int j = 0; j < b.length; j++) {
      sum += b[j][row] * a[j][column];
    }
    return sum;
  }

  private static double size(double[][] b, double[][] a) {
    double size = 0;
    for (int j = 0; j < b.length; j++) {
      size += Math.sqrt(InnerProduct.of(b[j], b[j]) * InnerProduct.of(a[j], a[j]));
    }
    return size;
  }

  private static double[][] vectors(SplittableRandom random, int count, int length) {
    double[][] vectors = new double[count][length];
    for (double[] vector : vectors) {
      for (int i = 0; i < length; i++) {
        vector[i] = random.nextGaussian();
      }
    }
    return vectors;
  }
}
