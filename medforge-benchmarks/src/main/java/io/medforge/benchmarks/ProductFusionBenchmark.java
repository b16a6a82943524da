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
import java.util.Collections;
import java.util.List;
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
 * Product-space fusion of one d x d layer: n = 3 plugins of rank 16, cut to rank 16, from modules
 * to a checked and digested module.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar ProductFusion}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ProductFusionBenchmark {
  static final String LAYER = "layer.weight";
  static final int PLUGINS = 3;
  static final int RANK = 16;

  /** d = k, the layer's width. */
  @Param({"768", "4096"})
  public int width;

  private final MergeStrategy<PluginModule> fusion = Fusion.average().rank(RANK).build();
  private List<PluginModule> plugins = List.of();

  /** Draws Gaussian factors, as large as trained ones are. */
  @Setup
  public void setUp() {
    Random random = new Random(1);
    List<PluginModule> drawn = new ArrayList<>();
    for (int i = 0; i < PLUGINS; i++) {
      Update update =
          new LowRankUpdate(gaussian(random, RANK, width), gaussian(random, width, RANK), 2);
      drawn.add(
          PluginModule.of(
              new PluginId("centre-" + i, "task", "1"),
              BaseModel.named("base"),
              Collections.singletonMap(LAYER, update),
              Provenance.unknown()));
    }
    plugins = drawn;
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
  public Merged<PluginModule> fuse() {
    return fusion.merge(PluginSet.of(plugins));
  }
}
