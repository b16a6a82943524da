package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.merge.kernel.FloatFormat;
import io.medforge.plugin.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NarrowSumBenchmarkTest {
  @ParameterizedTest
  @CsvSource({
    "BF16, PLAIN, 2, 4096", "BF16, BEST, 4, 4097", "BF16, BEST, 8, 70000",
    "F16, PLAIN, 4, 4097", "F16, BEST, 2, 4096", "F16, BEST, 8, 70001"
  })
  void kernelIsTheObviousSum(
      FloatFormat format, NarrowSumBenchmark.Code code, int inputs, int length) {
    NarrowSumBenchmark benchmark = new NarrowSumBenchmark();
    benchmark.format = format;
    benchmark.code = code;
    benchmark.inputs = inputs;
    benchmark.length = length;
    benchmark.setUp();
    DType dtype = DType.valueOf(format.name());
    double[] sums = new double[length];
    for (int k = 0; k < inputs; k++) {
      ByteBuffer stored = benchmark.values[k].duplicate().order(ByteOrder.LITTLE_ENDIAN);
      float[] x = new float[length];
      dtype.decode(stored, x, 0, length);
      for (int i = 0; i < length; i++) {
        float product = benchmark.weights[k] * x[i];
        sums[i] = k == 0 ? product : (float) sums[i] + product;
      }
    }
    ByteBuffer expected = ByteBuffer.allocate(2 * length).order(ByteOrder.LITTLE_ENDIAN);
    dtype.encode(sums, 0, length, expected);
    assertThat(benchmark.kernel()).isTrue();
    assertThat(benchmark.result()).isEqualTo(expected.flip());
  }
}
