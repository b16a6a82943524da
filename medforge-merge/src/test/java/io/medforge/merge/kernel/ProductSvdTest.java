package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProductSvdTest {
  private static final double BOUND = 1e-13;

  @ParameterizedTest
  @CsvSource({
    "1,1,1",
    "1,7,3",
    "7,1,3",
    "2,3,1",
    "5,5,5",
    "13,7,5",
    "7,13,5",
    "13,7,20",
    "7,13,20",
    "3,40,50",
    "40,3,50",
    "64,48,12",
    "48,64,48",
    "33,33,70",
    "207,5,4",
    "5,207,9"
  })
  void reproducesTheDenseSumAndItsSingularValues(int d, int k, int terms) {
    SplittableRandom random = new SplittableRandom(d * 10007L + k * 101L + terms);
    check(
        Dense.randomColumns(random, terms, d),
        Dense.randomColumns(random, terms, k),
        random.doubles(terms, -2, 2).toArray());
  }

  @Test
  void handlesRankDeficientFactors() {
    SplittableRandom random = new SplittableRandom(5);
    double[][] left = Dense.randomColumns(random, 12, 40);
    double[][] right = Dense.randomColumns(random, 12, 30);
    left[3] = left[0].clone();
    left[7] = new double[40];
    right[5] = right[4].clone();
    Arrays.setAll(left[9], i -> 3 * left[1][i] - left[2][i]);
    ProductSvd svd = check(left, right, random.doubles(12, -2, 2).toArray());
    int above = (int) Arrays.stream(svd.singularValues()).filter(s -> s > svd.noise()).count();
    assertThat(above).isLessThanOrEqualTo(11);
  }

  @Test
  void handlesIllConditionedFactors() {
    SplittableRandom random = new SplittableRandom(6);
    double[][] left = Dense.randomColumns(random, 10, 60);
    double[][] right = Dense.randomColumns(random, 10, 50);
    for (int j = 1; j < 10; j++) {
      // Nearly parallel columns: the condition of each factor exceeds 1e12.
      for (int i = 0; i < 60; i++) {
        left[j][i] = left[0][i] + 1e-13 * left[j][i];
      }
      for (int i = 0; i < 50; i++) {
        right[j][i] = right[0][i] + 1e-13 * right[j][i];
      }
    }
    check(left, right, random.doubles(10, 0.5, 2).toArray());
  }

  @Test
  void handlesFactorsOfVeryDifferentScales() {
    SplittableRandom random = new SplittableRandom(7);
    double[][] left = Dense.randomColumns(random, 6, 20);
    double[][] right = Dense.randomColumns(random, 6, 25);
    for (int j = 0; j < 6; j++) {
      double scale = Math.pow(10, 40 * j - 100);
      Arrays.setAll(left[j], scaled(left[j], scale));
      Arrays.setAll(right[j], scaled(right[j], 1 / scale));
    }
    check(left, right, random.doubles(6, -2, 2).toArray());
  }

  @Test
  void keepsSmallSingularValuesOfGradedFactors() {
    double[][] left = new double[4][9];
    double[][] right = new double[4][11];
    double[] c = {1, 1e-4, 1e-8, 1e-12};
    for (int j = 0; j < 4; j++) {
      left[j][j + 2] = 1;
      right[j][3 * j] = -1;
    }
    ProductSvd svd = ProductSvd.of(left, right, c);
    for (int j = 0; j < 4; j++) {
      assertThat(svd.singularValues()[j]).isCloseTo(c[j], within(1e-15 * c[j]));
    }
  }

  @Test
  void tellsCancelledSumsFromSmallOnes() {
    SplittableRandom random = new SplittableRandom(8);
    double[][] left = Dense.randomColumns(random, 6, 30);
    double[][] right = Dense.randomColumns(random, 6, 30);
    for (int j = 0; j < 3; j++) {
      left[j + 3] = left[j].clone();
      right[j + 3] = right[j].clone();
    }
    ProductSvd svd = ProductSvd.of(left, right, new double[] {1, 2, 3, -1, -2, -3});
    assertThat(svd.singularValues()[0]).isLessThanOrEqualTo(svd.noise());
  }

  @Test
  void convergesWhereFactorsRepeat() {
    // Copies of one update leave columns of pure rounding noise, which a Jacobi sweep must not
    // chase.
    for (int seed = 0; seed < 3000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int rank = random.nextInt(1, 5);
      int copies = random.nextInt(2, 7);
      double[][] left = new double[copies * rank][];
      double[][] right = new double[copies * rank][];
      double[] c = new double[copies * rank];
      double[][] b = Dense.randomColumns(random, rank, random.nextInt(2, 16));
      double[][] a = Dense.randomColumns(random, rank, random.nextInt(2, 16));
      for (int j = 0; j < c.length; j++) {
        left[j] = b[j % rank].clone();
        right[j] = a[j % rank].clone();
        c[j] = j < rank ? random.nextDouble(-1, 2) : c[j % rank];
      }
      ProductSvd svd = ProductSvd.of(left, right, c);
      long above = Arrays.stream(svd.singularValues()).filter(s -> s > svd.noise()).count();
      assertThat(above).isLessThanOrEqualTo(rank);
    }
  }

  @Test
  void fixesSignsAndRepeatsItsBits() {
    SplittableRandom random = new SplittableRandom(9);
    double[][] left = Dense.randomColumns(random, 5, 23);
    double[][] right = Dense.randomColumns(random, 5, 17);
    double[] c = random.doubles(5, -2, 2).toArray();
    ProductSvd.Vectors one = ProductSvd.of(Dense.copy(left), Dense.copy(right), c).vectors(5);
    ProductSvd.Vectors other = ProductSvd.of(Dense.copy(left), Dense.copy(right), c).vectors(5);
    assertThat(one.left()).isDeepEqualTo(other.left());
    assertThat(one.right()).isDeepEqualTo(other.right());
    for (double[] u : one.left()) {
      double largest =
          Arrays.stream(u)
              .boxed()
              .reduce((a, b) -> Math.abs(b) > Math.abs(a) ? b : a)
              .orElseThrow();
      assertThat(largest).isPositive();
    }
  }

  @Test
  void refusesSumsBeyondDouble() {
    double[][] left = {{1e300}};
    double[][] right = {{1e300}};
    assertThatThrownBy(() -> ProductSvd.of(left, right, new double[] {1}))
        .isInstanceOf(ArithmeticException.class);
  }

  private static IntToDoubleFunction scaled(double[] x, double scale) {
    double[] copy = x.clone();
    return i -> copy[i] * scale;
  }

  private static ProductSvd check(double[][] left, double[][] right, double[] c) {
    double[][] dense = Dense.outerProducts(left, right, c);
    double norm = Dense.norm(dense);
    double[] expected = Dense.singularValues(dense);
    ProductSvd svd = ProductSvd.of(Dense.copy(left), Dense.copy(right), c);
    double[] values = svd.singularValues();
    assertThat(values).hasSize(Math.min(Math.min(left[0].length, right[0].length), c.length));
    for (int j = 0; j < values.length; j++) {
      assertThat(values[j]).isCloseTo(expected[j], within(BOUND * norm));
    }
    int rank = (int) Arrays.stream(values).filter(s -> s > svd.noise()).count();
    ProductSvd.Vectors vectors = svd.vectors(rank);
    double[][] rebuilt =
        Dense.outerProducts(vectors.left(), vectors.right(), Arrays.copyOf(values, rank));
    assertThat(Dense.distance(rebuilt, dense)).isLessThanOrEqualTo(BOUND * norm);
    assertOrthonormal(vectors.left());
    assertOrthonormal(vectors.right());
    return svd;
  }

  private static void assertOrthonormal(double[][] vectors) {
    for (int i = 0; i < vectors.length; i++) {
      for (int j = 0; j <= i; j++) {
        double dot = 0;
        for (int t = 0; t < vectors[i].length; t++) {
          dot += vectors[i][t] * vectors[j][t];
        }
        assertThat(dot).isCloseTo(i == j ? 1 : 0, within(BOUND));
      }
    }
  }
}
