package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SubspaceIterationTest {
  private static final int D = 130;
  private static final int K = 110;

  @Test
  void isNearlyTheBestApproximationAndMeasuresWhatItLeavesOut() {
    float[][] m = decaying();
    SubspaceIteration found = SubspaceIteration.of(rows(m), D, K, 16, 2, 7);
    double[] ones = new double[16];
    Arrays.fill(ones, 1);
    double[][] approximation = Dense.outerProducts(found.left(), found.right(), ones);
    double[][] wide = wide(m);
    double norm = Dense.norm(wide);
    double error = Dense.distance(wide, approximation);
    double best = Dense.distance(wide, Dense.bestApproximation(wide, 16));
    // No vector more than the rank asked for: oversampling is the caller's.
    assertThat(error).isBetween(best * (1 - 1e-9), 1.15 * best);
    assertThat(found.energy()).isCloseTo(norm * norm, within(1e-12 * norm * norm));
    assertThat(found.residual()).isCloseTo(error * error, within(1e-12 * norm * norm));
  }

  @Test
  void measuresTheResidualWithoutAnyIteration() {
    float[][] m = decaying();
    SubspaceIteration found = SubspaceIteration.of(rows(m), D, K, 5, 0, 130);
    double[] ones = {1, 1, 1, 1, 1};
    double[][] approximation = Dense.outerProducts(found.left(), found.right(), ones);
    double error = Dense.distance(wide(m), approximation);
    assertThat(found.residual()).isCloseTo(error * error, within(1e-12 * found.energy()));
  }

  @Test
  void doesNotDependOnTheBlocks() {
    float[][] m = decaying();
    SubspaceIteration one = SubspaceIteration.of(rows(m), D, K, 9, 2, 1);
    SubspaceIteration other = SubspaceIteration.of(rows(m), D, K, 9, 2, 64);
    assertThat(other.left()).isDeepEqualTo(one.left());
    assertThat(other.right()).isDeepEqualTo(one.right());
    assertThat(other.energy()).isEqualTo(one.energy());
  }

  /** Singular values fall slowly, as those of pruned deltas do. */
  private static float[][] decaying() {
    SplittableRandom random = new SplittableRandom(3);
    double[][] left = Dense.randomColumns(random, 60, D);
    double[][] right = Dense.randomColumns(random, 60, K);
    double[] c = new double[60];
    for (int j = 0; j < 60; j++) {
      c[j] = Math.pow(0.9, j);
    }
    double[][] m = Dense.outerProducts(left, right, c);
    float[][] narrow = new float[D][K];
    for (int i = 0; i < D; i++) {
      for (int j = 0; j < K; j++) {
        narrow[i][j] = (float) m[i][j];
      }
    }
    return narrow;
  }

  private static double[][] wide(float[][] m) {
    double[][] wide = new double[D][K];
    for (int i = 0; i < D; i++) {
      for (int j = 0; j < K; j++) {
        wide[i][j] = m[i][j];
      }
    }
    return wide;
  }

  private static SubspaceIteration.Rows rows(float[][] m) {
    return (first, count, into) -> {
      for (int i = 0; i < count; i++) {
        System.arraycopy(m[first + i], 0, into, i * K, K);
      }
    };
  }
}
