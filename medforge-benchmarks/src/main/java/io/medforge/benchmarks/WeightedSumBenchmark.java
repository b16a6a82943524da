package io.medforge.benchmarks;

import io.medforge.merge.kernel.WeightedSum;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The weighted sum of float arrays, in cache and out of it. Bytes moved per call: 4 (inputs + 1)
 * length; divide by the time for the bandwidth. {@code peers/kernels.c} does the same in C; on two
 * threads it halves the length, as {@code -t 2 -p length=33554432} does here.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar WeightedSum}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx4g")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class WeightedSumBenchmark {
  /** n, the number of inputs. */
  @Param({"2", "4", "8"})
  public int inputs;

  /** Elements per input: in the first-level cache, in the shared one, in memory. */
  @Param({"4096", "1048576", "67108864"})
  public int length;

  float[] weights = new float[0];
  float[][] values = new float[0][];
  float[] out = new float[0];

  /** Draws inputs of (-1, 1). */
  @Setup
  public void setUp() {
    weights = new float[inputs];
    values = new float[inputs][length];
    out = new float[length];
    for (int k = 0; k < inputs; k++) {
      weights[k] = 0.1f * (k + 1);
      DrawnFloats.fill(k + 1, values[k]);
    }
  }

  /**
   * The kernel.
   *
   * @return the sum
   */
  @Benchmark
  public float[] kernel() {
    WeightedSum.of(weights, values, out, length);
    return out;
  }
}
