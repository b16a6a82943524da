package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.mixture.FittedWeights;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.PluginModule;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FittedGateBenchmarkTest {
  private static final int EM_STEPS = 20_000;

  /** Against the textbook EM, run until it crawls. */
  @Test
  void fitIsTheMaximumThatEmApproaches() {
    FittedGateBenchmark benchmark = new FittedGateBenchmark();
    benchmark.examples = 400;
    benchmark.setUp();
    FittedWeights fit = benchmark.fit();
    double[][] likelihood = likelihood(benchmark.memory());
    double[] weights = em(likelihood);
    assertThat(fit.converged()).isTrue();
    assertThat(fit.logLikelihood()).isCloseTo(mean(likelihood, weights), within(1e-7));
    assertThat(fit.weights().toArray()).containsExactly(weights, within(1e-3));
  }

  @Test
  void theBenchmarksOwnSizeConverges() {
    FittedGateBenchmark benchmark = new FittedGateBenchmark();
    benchmark.examples = 10_000;
    benchmark.setUp();
    assertThat(benchmark.memory().examples()).isEqualTo(10_000);
    FittedWeights fit = benchmark.fit();
    assertThat(fit.kktGap()).isLessThanOrEqualTo(1e-8);
    assertThat(Arrays.stream(fit.weights().toArray()).filter(w -> w > 0.01).count())
        .isGreaterThan(1);
  }

  /**
   * The published scheme asks the models anew at each of its 40 evaluations; here each plugin sees
   * each example once, when the memory is recorded, and then never again.
   */
  @Test
  void oneSweepOfTheModelsServesEveryFit() {
    FittedGateBenchmark benchmark = new FittedGateBenchmark();
    benchmark.examples = 400;
    benchmark.setUp();
    int plugins = benchmark.memory().plugins().size();
    assertThat(benchmark.fit().converged()).isTrue();
    Gate.published(
        benchmark.memory(),
        benchmark.memory().plugins().plugins().stream().map(PluginModule::id).toList());
    assertThat(benchmark.rowsAnswered()).isEqualTo((long) plugins * 400);
  }

  /** [T, n]: the probability that each plugin gave to each example's label. */
  private static double[][] likelihood(OutputMemory memory) {
    List<PluginModule> plugins = memory.plugins().plugins();
    double[][] table = new double[memory.examples()][plugins.size()];
    int t = 0;
    for (PluginModule owner : plugins) {
      for (int row = 0; row < memory.distilledSet(owner.id()).size(); row++, t++) {
        int label = memory.distilledSet(owner.id()).classOf(row);
        for (int j = 0; j < plugins.size(); j++) {
          table[t][j] = memory.outputs(owner.id(), plugins.get(j).id()).probabilities(row)[label];
        }
      }
    }
    return table;
  }

  private static double[] em(double[][] likelihood) {
    int n = likelihood[0].length;
    double[] weights = new double[n];
    Arrays.fill(weights, 1.0 / n);
    for (int step = 0; step < EM_STEPS; step++) {
      double[] next = new double[n];
      for (double[] row : likelihood) {
        double mixed = mix(row, weights);
        for (int j = 0; j < n; j++) {
          next[j] += weights[j] * row[j] / mixed / likelihood.length;
        }
      }
      weights = next;
    }
    return weights;
  }

  private static double mean(double[][] likelihood, double[] weights) {
    return Arrays.stream(likelihood).mapToDouble(row -> Math.log(mix(row, weights))).sum()
        / likelihood.length;
  }

  private static double mix(double[] row, double[] weights) {
    double mixed = 0;
    for (int j = 0; j < row.length; j++) {
      mixed += weights[j] * row[j];
    }
    return mixed;
  }
}
