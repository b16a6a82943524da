package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightedSumBenchmarkTest {
  @ParameterizedTest
  @CsvSource({"4, 4096", "8, 4096", "8, 4097", "8, 1048576"})
  void kernelIsTheObviousSum(int inputs, int length) {
    WeightedSumBenchmark benchmark = new WeightedSumBenchmark();
    benchmark.inputs = inputs;
    benchmark.length = length;
    benchmark.setUp();
    float[] obvious = new float[length];
    for (int i = 0; i < length; i++) {
      float sum = benchmark.weights[0] * benchmark.values[0][i];
      for (int k = 1; k < inputs; k++) {
        sum += benchmark.weights[k] * benchmark.values[k][i];
      }
      obvious[i] = sum;
    }
    assertThat(benchmark.kernel()).isEqualTo(obvious);
  }
}
