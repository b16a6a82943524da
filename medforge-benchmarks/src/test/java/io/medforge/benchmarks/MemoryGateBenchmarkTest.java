package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.mixture.GateWeights;
import io.medforge.runtime.GateParameters;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MemoryGateBenchmarkTest {
  /** Against the formula of {@link GateParameters.Prototypes}, in plain loops. */
  @Test
  void theWeightsAreTheFormulas() {
    MemoryGateBenchmark benchmark = new MemoryGateBenchmark();
    benchmark.setUp();
    assertThat(benchmark.questions()).isEqualTo(64);
    GateParameters.Prototypes numbers = benchmark.numbers();
    assertThat(numbers.groups()).hasSize(240);
    assertThat(numbers.whitening().width()).isEqualTo(512);
    for (int question = 1; question < 20; question++) {
      GateWeights found = benchmark.gateOneInput();
      double[] expected = plainly(numbers, benchmark.features(question));
      assertThat(found.toArray()).containsExactly(expected, within(1e-9));
    }
  }

  private static double[] plainly(GateParameters.Prototypes numbers, double[] x) {
    double[] mean = numbers.whitening().mean().toDoubles();
    double[] factor = numbers.whitening().factor().toDoubles();
    double[] centres = numbers.centres().toDoubles();
    int q = numbers.whitening().size();
    double[] y = new double[q];
    for (int row = 0; row < q; row++) {
      for (int i = 0; i < x.length; i++) {
        y[row] += factor[row * x.length + i] * (x[i] - mean[i]);
      }
    }
    double[] least = new double[numbers.logPriors().size()];
    Arrays.fill(least, Double.POSITIVE_INFINITY);
    for (int p = 0; p < numbers.groups().size(); p++) {
      double distance = 0;
      for (int i = 0; i < q; i++) {
        distance += Math.pow(y[i] - centres[p * q + i], 2);
      }
      int group = numbers.groups().get(p);
      least[group] = Math.min(least[group], distance);
    }
    double nearest = Arrays.stream(least).min().orElseThrow();
    double[] posterior =
        Arrays.stream(least)
            .map(d -> Math.exp((nearest - d) / (2 * numbers.temperature())))
            .toArray();
    double sum = Arrays.stream(posterior).sum();
    double[] routing = numbers.routing().toDoubles();
    double[] weights = new double[posterior.length];
    for (int h = 0; h < weights.length; h++) {
      for (int j = 0; j < weights.length; j++) {
        weights[j] += posterior[h] / sum * routing[h * weights.length + j];
      }
    }
    return weights;
  }
}
