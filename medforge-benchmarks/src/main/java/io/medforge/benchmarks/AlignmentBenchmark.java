package io.medforge.benchmarks;

import io.medforge.merge.PluginSet;
import io.medforge.merge.alignment.Alignment;
import io.medforge.merge.alignment.ConflictReport;
import io.medforge.merge.alignment.LowRankGram;
import io.medforge.plugin.DType;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What is done to plugins before or instead of merging them, per layer of four plugins of rank 16:
 * both alignments of factors, inner products, and the whole conflict report.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar Alignment}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class AlignmentBenchmark {
  static final int PLUGINS = 4;
  private static final int LAYERS = 4;

  /** d = k, the layers' width. */
  @Param({"768", "4096"})
  public int width;

  private PluginSet plugins = drawn(1);
  private final Alignment procrustes = Alignment.procrustes();
  private final Alignment sharedSubspace = Alignment.sharedSubspace();

  /** Draws Gaussian factors. */
  @Setup
  public void setUp() {
    plugins = drawn(width);
  }

  private static PluginSet drawn(int width) {
    return PluginSet.of(
        IntStream.range(0, PLUGINS)
            .mapToObj(i -> DrawnAdapters.module(1, width, DType.F32, i))
            .toList());
  }

  PluginSet plugins() {
    return plugins;
  }

  /**
   * Turns each plugin's factors towards a common reference.
   *
   * @return the plugins, written anew
   */
  @Benchmark
  @OperationsPerInvocation(LAYERS)
  public PluginSet procrustes() {
    return procrustes.align(plugins);
  }

  /**
   * Writes each plugin in a common basis.
   *
   * @return the plugins, written anew
   */
  @Benchmark
  @OperationsPerInvocation(LAYERS)
  public PluginSet sharedSubspace() {
    return sharedSubspace.align(plugins);
  }

  /**
   * All inner products.
   *
   * @return over all layers
   */
  @Benchmark
  @OperationsPerInvocation(LAYERS)
  public LowRankGram gram() {
    return LowRankGram.of(plugins);
  }

  /**
   * Cosines, signs, overlaps and angles.
   *
   * @return per layer and over all
   */
  @Benchmark
  @OperationsPerInvocation(LAYERS)
  public ConflictReport conflictReport() {
    return ConflictReport.of(plugins);
  }
}
