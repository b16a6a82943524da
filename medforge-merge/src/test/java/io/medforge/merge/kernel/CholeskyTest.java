package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

class CholeskyTest {
  @Property(tries = 100)
  void solvesAsEjmlDoes(@ForAll @IntRange(min = 1, max = 33) int n, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] columns = Dense.randomColumns(random, n, n + 3);
    double[][] s = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        for (int t = 0; t < n + 3; t++) {
          s[i][j] += columns[i][t] * columns[j][t];
        }
      }
      s[i][i] += 0.1;
    }
    double[] b = Dense.randomColumns(random, 1, n)[0];
    DMatrixRMaj x = new DMatrixRMaj(n, 1);
    assertThat(CommonOps_DDRM.solve(new DMatrixRMaj(s), new DMatrixRMaj(n, 1, true, b), x))
        .isTrue();
    double scale = Math.max(1, CommonOps_DDRM.elementMaxAbs(x));
    Cholesky.of(s).solve(b);
    for (int i = 0; i < n; i++) {
      assertThat(b[i]).isCloseTo(x.get(i), within(1e-9 * scale));
    }
  }

  @Example
  void refusesWhatIsNotPositiveDefinite() {
    assertThatThrownBy(() -> Cholesky.of(new double[][] {{1, 2}, {2, 1}}))
        .isInstanceOf(ArithmeticException.class)
        .hasMessageContaining("found pivot -3.0 at row 1");
    assertThatThrownBy(() -> Cholesky.of(new double[][] {{Double.NaN}}))
        .isInstanceOf(ArithmeticException.class);
  }
}
