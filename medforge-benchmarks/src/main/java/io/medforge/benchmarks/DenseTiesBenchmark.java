package io.medforge.benchmarks;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.AveragingRule;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
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
 * TIES of three dense F32 tensors at density 0.2, weights 0.5, 0.3 and 0.2, on one thread, from
 * modules to a checked and digested module.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar DenseTies}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 6, time = 1)
public class DenseTiesBenchmark {
  static final String LAYER = "layer.weight";
  static final double DENSITY = 0.2;
  static final double[] WEIGHTS = {0.5, 0.3, 0.2};

  /** The tensors are square. */
  @Param({"1024", "4096"})
  public int width;

  private List<PluginModule> plugins = List.of();
  private MergeStrategy<PluginModule> ties = Fusion.average().build();

  /** Draws Gaussian tensors. */
  @Setup
  public void setUp() {
    List<PluginModule> drawn = new ArrayList<>();
    Map<PluginId, Double> weights = new TreeMap<>();
    for (int i = 0; i < WEIGHTS.length; i++) {
      SplittableRandom random = new SplittableRandom(i);
      float[] values = new float[width * width];
      for (int at = 0; at < values.length; at++) {
        values[at] = (float) random.nextGaussian();
      }
      PluginId id = new PluginId("centre-" + i, "task", "1");
      weights.put(id, WEIGHTS[i]);
      drawn.add(
          PluginModule.of(
              id,
              BaseModel.named("base"),
              Collections.singletonMap(
                  LAYER, new DenseUpdate(Tensor.of(Shape.of(width, width), values))),
              Provenance.unknown()));
    }
    plugins = drawn;
    ties =
        Fusion.by(AveragingRule.ties(DENSITY))
            .coefficients(Coefficients.perPlugin(weights))
            .denseOutput()
            .build();
  }

  List<PluginModule> plugins() {
    return plugins;
  }

  /**
   * The merge.
   *
   * @return the merged module and its record
   */
  @Benchmark
  public Merged<PluginModule> merge() {
    return ties.merge(PluginSet.of(plugins));
  }
}
