package io.medforge.benchmarks;

import io.medforge.merge.kernel.WeightedSum;
import java.util.Random;
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
 * length; divide by the time for the bandwidth.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar WeightedSum}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx2g")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class WeightedSumBenchmark {
  /** n, the number of inputs. */
  @Param({"4", "8"})
  public int inputs;

  /** Elements per input: in the first-level cache, in the shared one, in memory. */
  @Param({"4096", "1048576", "16777216"})
  public int length;

  float[] weights = new float[0];
  float[][] values = new float[0][];
  float[] out = new float[0];

  /** Draws inputs of (-1, 1). */
  @Setup
  public void setUp() {
    Random random = new Random(1);
    weights = new float[inputs];
    values = new float[inputs][length];
    out = new float[length];
    for (int k = 0; k < inputs; k++) {
      weights[k] = random.nextFloat() * 2 - 1;
      for (int i = 0; i < length; i++) {
        values[k][i] = random.nextFloat() * 2 - 1;
      }
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
