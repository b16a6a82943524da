package io.medforge.benchmarks;

import io.medforge.merge.kernel.FloatFormat;
import io.medforge.merge.kernel.WeightedSum;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
 * The weighted sum of stored elements, from bytes to bytes: decode, sum, round, check, encode, tile
 * by tile. Bytes moved per call: (inputs + 1) width length.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar NarrowSum}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xmx1g", "-XX:MaxDirectMemorySize=4g"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class NarrowSumBenchmark {
  private static final int TILE = 32 * 1024;

  /** How elements are stored. */
  @Param({"F32", "BF16", "F16"})
  public FloatFormat format = FloatFormat.F32;

  /** n, the number of inputs. */
  @Param({"2", "4"})
  public int inputs;

  /** Elements per input. */
  @Param({"67108864"})
  public int length;

  private float[] weights = new float[0];
  private ByteBuffer[] values = new ByteBuffer[0];
  ByteBuffer out = ByteBuffer.allocateDirect(0);
  private float[][] tiles = new float[0][];
  private final float[] sum = new float[TILE];
  private final FloatFormat.Scratch scratch = new FloatFormat.Scratch(TILE);

  /** Draws inputs of (-1, 1), without subnormals. */
  @Setup
  public void setUp() {
    Random random = new Random(1);
    weights = new float[inputs];
    values = new ByteBuffer[inputs];
    tiles = new float[inputs][TILE];
    float[] drawn = new float[TILE];
    for (int k = 0; k < inputs; k++) {
      weights[k] = random.nextFloat();
      values[k] = ByteBuffer.allocateDirect(format.bytes() * length).order(ByteOrder.LITTLE_ENDIAN);
      for (int from = 0; from < length; from += TILE) {
        for (int i = 0; i < TILE; i++) {
          drawn[i] = random.nextFloat() * 2 - 1 + 0x1p-8f;
        }
        format.encode(drawn, Math.min(TILE, length - from), values[k], false, scratch);
      }
    }
    out = ByteBuffer.allocateDirect(format.bytes() * length).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * The kernels.
   *
   * @return whether all is finite
   */
  @Benchmark
  public boolean kernel() {
    boolean finite = true;
    boolean planar = format != FloatFormat.F32 && length % 2 == 0;
    out.clear();
    for (int from = 0; from < length; from += TILE) {
      int count = Math.min(TILE, length - from);
      for (int k = 0; k < inputs; k++) {
        values[k].position(from * format.bytes());
        finite &= format.decode(values[k], tiles[k], count, planar, scratch);
      }
      WeightedSum.of(weights, tiles, sum, count);
      finite &= format.encode(sum, count, out, planar, scratch);
    }
    return finite;
  }
}
