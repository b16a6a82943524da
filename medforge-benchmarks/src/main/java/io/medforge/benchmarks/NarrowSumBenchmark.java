package io.medforge.benchmarks;

import io.medforge.merge.kernel.FloatFormat;
import io.medforge.merge.kernel.NarrowSum;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
 * The weighted sum of 16-bit elements: decode, sum, round, check, in one pass over memory. Bytes
 * moved per call: 2 (inputs + 1) length. {@code peers/kernels.c} does the same in C; on two threads
 * it halves the length, as {@code -t 2 -p length=33554432} does here.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar NarrowSum}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xmx4g", "--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class NarrowSumBenchmark {
  /** Which implementation. */
  public enum Code {
    /** What a JVM without options runs, on JDK 17; on buffers, as files are read. */
    PLAIN,
    /** The fastest that this JVM has; on arrays. */
    BEST
  }

  /** How elements are stored. */
  @Param({"BF16", "F16"})
  public FloatFormat format = FloatFormat.BF16;

  /** The implementation. */
  @Param({"PLAIN", "BEST"})
  public Code code = Code.BEST;

  /** n, the number of inputs. */
  @Param({"2", "4", "8"})
  public int inputs;

  /** Elements per input. */
  @Param({"67108864"})
  public int length;

  private NarrowSum sum = NarrowSum.of(FloatFormat.BF16);
  float[] weights = new float[0];
  ByteBuffer[] values = new ByteBuffer[0];
  ByteBuffer out = ByteBuffer.allocate(0);
  private short[][] arrays = new short[0][];
  private short[] outArray = new short[0];

  /** Draws inputs of (-1, 1), without subnormals. */
  @Setup
  public void setUp() {
    sum = code == Code.PLAIN ? NarrowSum.plain(format) : NarrowSum.of(format);
    if (code == Code.BEST && !NarrowSum.isVector(format)) {
      throw new IllegalStateException("expected " + NarrowSum.FLAG + ", found no vector code");
    }
    weights = new float[inputs];
    values = new ByteBuffer[inputs];
    out = ByteBuffer.allocateDirect(2 * length);
    float[] drawn = new float[length];
    FloatFormat.Scratch scratch = new FloatFormat.Scratch(2);
    for (int k = 0; k < inputs; k++) {
      weights[k] = 0.1f * (k + 1);
      DrawnFloats.fill(k + 1, drawn);
      values[k] = ByteBuffer.allocateDirect(2 * length);
      format.encode(drawn, length, values[k], false, scratch);
      values[k].flip();
    }
    if (code == Code.BEST) {
      moveToArrays();
    }
  }

  private void moveToArrays() {
    arrays = new short[inputs][];
    for (int k = 0; k < inputs; k++) {
      arrays[k] = new short[length];
      values[k].asShortBuffer().get(arrays[k]);
    }
    outArray = new short[length];
  }

  /** The result, wherever the code left it. */
  ByteBuffer result() {
    if (code == Code.BEST) {
      out.order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().put(outArray);
    }
    return out;
  }

  /**
   * The kernel.
   *
   * @return whether all is finite
   */
  @Benchmark
  public boolean kernel() {
    return code == Code.BEST
        ? sum.sum(weights, arrays, outArray, length)
        : sum.sum(weights, values, out, length);
  }
}
