package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.merge.alignment.Golden;
import org.junit.jupiter.api.Test;

class SubspaceAnglesTest {
  @Test
  void agreesWithSciPy() {
    Golden.cases("subspace_angles")
        .properties()
        .forEach(
            entry -> {
              JsonNode golden = entry.getValue();
              double[][] p = orthonormal(Golden.columns(golden.get("p")));
              double[][] q = orthonormal(Golden.columns(golden.get("q")));
              double[] found = SubspaceAngles.between(p, q);
              double[] other = SubspaceAngles.between(q, p);
              double[] descending = Golden.vector(golden.get("radians"));
              assertThat(found).as(entry.getKey()).hasSize(descending.length);
              for (int j = 0; j < found.length; j++) {
                double expected = descending[found.length - 1 - j];
                assertThat(found[j]).as(entry.getKey()).isCloseTo(expected, within(3e-15));
                assertThat(other[j]).as(entry.getKey()).isCloseTo(expected, within(3e-15));
              }
            });
  }

  @Test
  void findsNoAngleWithNothing() {
    assertThat(SubspaceAngles.between(new double[0][], new double[][] {{1, 0}})).isEmpty();
  }

  private static double[][] orthonormal(double[][] columns) {
    HouseholderQr qr = HouseholderQr.of(Dense.copy(columns), columns[0].length);
    double[][] q = new double[columns.length][columns[0].length];
    for (int j = 0; j < q.length; j++) {
      q[j][j] = 1;
    }
    qr.multiply(q);
    return q;
  }
}
