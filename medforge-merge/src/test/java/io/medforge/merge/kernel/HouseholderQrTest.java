package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HouseholderQrTest {
  @ParameterizedTest
  @CsvSource({
    "1,1", "1,5", "5,1", "3,2", "2,3", "13,7", "7,13", "20,20", "207,13", "11,40", "8,8", "16,9",
    "203,26", "131,51", "521,9", "1043,31"
  })
  void rebuildsTheMatrix(int length, int columns) {
    SplittableRandom random = new SplittableRandom(31L * length + columns);
    double[][] m = Dense.randomColumns(random, columns, length);
    if (columns > 4) {
      m[3] = m[1].clone();
      m[4] = new double[length];
    }
    HouseholderQr qr = HouseholderQr.of(Dense.copy(m), length);
    assertThat(qr.size()).isEqualTo(Math.min(length, columns));
    double[][] rebuilt = new double[columns][length];
    for (int j = 0; j < columns; j++) {
      for (int i = 0; i < qr.size(); i++) {
        rebuilt[j][i] = qr.r(i, j);
      }
    }
    qr.multiply(rebuilt);
    assertThat(Dense.distance(rebuilt, m)).isLessThanOrEqualTo(1e-14 * Dense.norm(m));
  }

  /** Many at once go through one joined block, few through blocks of eight. */
  @ParameterizedTest
  @CsvSource({"25,25", "61,29", "203,48", "131,51", "1043,31"})
  void multipliesManyVectorsAsItDoesFew(int length, int columns) {
    SplittableRandom random = new SplittableRandom(length);
    double[][] m = Dense.randomColumns(random, columns, length);
    m[9] = m[2].clone();
    HouseholderQr qr = HouseholderQr.of(m, length);
    double[][] many = Dense.randomColumns(random, columns, length);
    for (double[] vector : many) {
      Arrays.fill(vector, qr.size(), length, 0);
    }
    double[][] few = Dense.copy(many);
    qr.multiply(many);
    for (int at = 0; at < columns; at += 5) {
      qr.multiply(Arrays.copyOfRange(few, at, Math.min(columns, at + 5)));
    }
    assertThat(Dense.distance(many, few)).isLessThanOrEqualTo(1e-14 * Dense.norm(few));
  }

  @ParameterizedTest
  @CsvSource({"5,3", "9,9", "30,11", "60,33"})
  void multipliesByOrthonormalColumns(int length, int columns) {
    SplittableRandom random = new SplittableRandom(length);
    double[][] m = Dense.randomColumns(random, columns, length);
    m[1] = m[0].clone();
    HouseholderQr qr = HouseholderQr.of(m, length);
    double[][] q = new double[qr.size()][length];
    for (int j = 0; j < q.length; j++) {
      q[j][j] = 1;
    }
    qr.multiply(q);
    for (int i = 0; i < q.length; i++) {
      for (int j = 0; j < q.length; j++) {
        double[] a = q[i];
        double[] b = q[j];
        double dot = 0;
        for (int t = 0; t < length; t++) {
          dot += a[t] * b[t];
        }
        assertThat(dot).isCloseTo(i == j ? 1 : 0, within(1e-14));
      }
    }
  }
}
