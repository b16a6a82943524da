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

class AssignmentTest {
  @Test
  void agreesWithSciPy() {
    Golden.cases("linear_sum_assignment")
        .properties()
        .forEach(entry -> compare(entry.getKey(), entry.getValue()));
  }

  private static void compare(String name, JsonNode golden) {
    double[][] cost = Golden.rows(golden.get("cost"));
    double[][] given = Dense.copy(cost);
    if (golden.get("maximize").asBoolean()) {
      for (double[] row : given) {
        for (int j = 0; j < row.length; j++) {
          row[j] = -row[j];
        }
      }
    }
    boolean tall = given.length > given[0].length;
    if (tall) {
      given = transposed(given);
      cost = transposed(cost);
    }
    int[] columns = Assignment.cheapest(given);
    assertThat(columns).as(name).doesNotHaveDuplicates();
    double total = 0;
    double size = 0;
    for (int i = 0; i < columns.length; i++) {
      total += cost[i][columns[i]];
      size = Math.max(size, Math.abs(cost[i][columns[i]]));
    }
    assertThat(total).as(name).isCloseTo(golden.get("total").asDouble(), within(1e-12 * size));
    // Null: too large to try all, and unique with probability one.
    boolean unique = golden.get("unique").isNull() || golden.get("unique").asBoolean();
    if (unique && !tall) {
      for (int i = 0; i < columns.length; i++) {
        assertThat(columns[i]).as(name).isEqualTo(golden.get("columns").get(i).asInt());
      }
    }
  }

  @Property(tries = 200)
  void noPermutationIsCheaper(@ForAll @IntRange(min = 1, max = 6) int n, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] cost = new double[n][n];
    for (double[] row : cost) {
      for (int j = 0; j < n; j++) {
        // Few values, so that ties abound.
        row[j] = random.nextInt(-3, 4);
      }
    }
    int[] columns = Assignment.cheapest(cost);
    double found = 0;
    for (int i = 0; i < n; i++) {
      found += cost[i][columns[i]];
    }
    assertThat(found).isEqualTo(cheapest(cost, 0, new boolean[n]));
    assertThat(Arrays.stream(columns).distinct().count()).isEqualTo(n);
  }

  /** By trying all. */
  private static double cheapest(double[][] cost, int row, boolean[] used) {
    if (row == cost.length) {
      return 0;
    }
    double least = Double.POSITIVE_INFINITY;
    for (int column = 0; column < used.length; column++) {
      if (!used[column]) {
        used[column] = true;
        least = Math.min(least, cost[row][column] + cheapest(cost, row + 1, used));
        used[column] = false;
      }
    }
    return least;
  }

  private static double[][] transposed(double[][] m) {
    double[][] t = new double[m[0].length][m.length];
    for (int i = 0; i < m.length; i++) {
      for (int j = 0; j < t.length; j++) {
        t[j][i] = m[i][j];
      }
    }
    return t;
  }
}
