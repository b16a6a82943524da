package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.merge.alignment.Golden;
import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ProcrustesTest {
  @Test
  void agreesWithSciPy() {
    Golden.cases("orthogonal_procrustes")
        .properties()
        .forEach(entry -> compare(entry.getKey(), entry.getValue()));
  }

  private static void compare(String name, JsonNode golden) {
    double[][] a = Golden.columns(golden.get("a"));
    double[][] b = Golden.columns(golden.get("b"));
    double[][] omega = Procrustes.rotation(products(a, b));
    assertOrthogonal(name, omega);
    if (golden.get("unique").asBoolean()) {
      assertThat(Dense.distance(omega, Golden.columns(golden.get("omega"))))
          .as(name)
          .isLessThan(1e-11);
    }
    double residual = Dense.distance(turned(a, omega), b);
    double size = Dense.norm(a) + Dense.norm(b);
    assertThat(residual)
        .as(name)
        .isCloseTo(golden.get("residual").asDouble(), within(1e-12 * size));
  }

  @Test
  void alignsFactorsAsSciPyDoes() {
    Golden.cases("factor_procrustes")
        .properties()
        .forEach(
            entry -> {
              JsonNode golden = entry.getValue();
              double[][] m = products(columns(golden, "B"), columns(golden, "B0"));
              double[][] rows =
                  products(Golden.rows(golden.get("A")), Golden.rows(golden.get("A0")));
              for (int i = 0; i < m.length; i++) {
                for (int j = 0; j < m.length; j++) {
                  m[i][j] += rows[i][j];
                }
              }
              assertThat(
                      Dense.distance(Procrustes.rotation(m), Golden.columns(golden.get("omega"))))
                  .as(entry.getKey())
                  .isLessThan(1e-11);
            });
  }

  @Property(tries = 100)
  void isOrthogonalWhateverTheRank(
      @ForAll @IntRange(min = 1, max = 7) int r,
      @ForAll @IntRange(min = 0, max = 7) int rank,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] ones = new double[Math.min(rank, r)];
    Arrays.fill(ones, 1e-200);
    double[][] m = new double[r][r];
    if (ones.length > 0) {
      m =
          Dense.outerProducts(
              Dense.randomColumns(random, ones.length, r),
              Dense.randomColumns(random, ones.length, r),
              ones);
    }
    assertOrthogonal("rank " + rank, Procrustes.rotation(m));
  }

  private static double[][] columns(JsonNode golden, String name) {
    return Golden.columns(golden.get(name));
  }

  /** The columns of A^T B. */
  private static double[][] products(double[][] a, double[][] b) {
    double[][] m = new double[b.length][a.length];
    for (int j = 0; j < b.length; j++) {
      for (int i = 0; i < a.length; i++) {
        m[j][i] = InnerProduct.of(a[i], b[j]);
      }
    }
    return m;
  }

  private static double[][] turned(double[][] a, double[][] omega) {
    double[][] turned = new double[omega.length][a[0].length];
    for (int q = 0; q < omega.length; q++) {
      for (int p = 0; p < a.length; p++) {
        for (int t = 0; t < a[p].length; t++) {
          turned[q][t] += omega[q][p] * a[p][t];
        }
      }
    }
    return turned;
  }

  private static void assertOrthogonal(String name, double[][] omega) {
    for (int i = 0; i < omega.length; i++) {
      for (int j = 0; j < omega.length; j++) {
        assertThat(InnerProduct.of(omega[i], omega[j]))
            .as(name)
            .isCloseTo(i == j ? 1 : 0, within(1e-13));
      }
    }
  }
}
