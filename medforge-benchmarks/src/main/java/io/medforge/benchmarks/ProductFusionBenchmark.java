package io.medforge.benchmarks;

import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Product-space fusion of d x d layers: n = 3 plugins of rank 16, cut to rank 16, from modules to a
 * checked and digested module. The time is that of one of two layers.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar ProductFusion}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 8, time = 1)
@Measurement(iterations = 5, time = 1)
public class ProductFusionBenchmark {
  static final int LAYERS = 2;
  static final int PLUGINS = 3;
  static final int RANK = 16;

  /** d = k, the layer's width. */
  @Param({"768", "4096"})
  public int width;

  /** How many layers are merged at the same time. */
  @Param({"1", "2"})
  public int threads = 1;

  private ExecutorService executor = Executors.newFixedThreadPool(1);
  private MergeStrategy<PluginModule> fusion = Fusion.average().rank(RANK).build();
  private List<PluginModule> plugins = List.of();

  /** Draws Gaussian factors, as large as trained ones are. */
  @Setup
  public void setUp() {
    Random random = new Random(1);
    List<PluginModule> drawn = new ArrayList<>();
    for (int i = 0; i < PLUGINS; i++) {
      SortedMap<String, Update> updates = new TreeMap<>();
      for (int layer = 0; layer < LAYERS; layer++) {
        updates.put(
            layer(layer),
            new LowRankUpdate(gaussian(random, RANK, width), gaussian(random, width, RANK), 2));
      }
      drawn.add(
          PluginModule.of(
              new PluginId("centre-" + i, "task", "1"),
              BaseModel.named("base"),
              updates,
              Provenance.unknown()));
    }
    plugins = drawn;
    executor.shutdown();
    executor = Executors.newFixedThreadPool(threads);
    fusion = Fusion.average().rank(RANK).executor(executor).build();
  }

  /** Ends the threads. */
  @TearDown
  public void tearDown() {
    executor.shutdown();
  }

  static String layer(int index) {
    return "layer." + index + ".weight";
  }

  List<PluginModule> plugins() {
    return plugins;
  }

  private static Tensor gaussian(Random random, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.02 * random.nextGaussian());
    }
    return Tensor.of(Shape.of(rows, columns), values);
  }

  /**
   * The fusion.
   *
   * @return the fused module and its record
   */
  @Benchmark
  @OperationsPerInvocation(LAYERS)
  public Merged<PluginModule> fuse() {
    return fusion.merge(PluginSet.of(plugins));
  }
}
