package io.medforge.benchmarks;

import io.medforge.merge.PluginSet;
import io.medforge.merge.mixture.FittedWeights;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
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
 * Fitting the static gate: n = 8 plugins over 10,000 remembered examples, to a KKT gap of 1e-8. The
 * memory is recorded beforehand; fitting runs no model.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar FittedGate}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FittedGateBenchmark {
  private static final LabelSpace LABELS = LabelSpace.of("task", "ill", "well");
  private static final BaseModel BASE = BaseModel.named("base");
  private static final int PLUGINS = 8;
  private static final int WIDTH = 4;

  /** T, the number of remembered examples over all plugins' sets. */
  @Param("10000")
  public int examples;

  private OutputMemory memory;
  private long rowsAnswered;

  /** A tiny memory, until it is set up. */
  public FittedGateBenchmark() {
    this.memory = memoryOf(PLUGINS);
  }

  /** Records a memory of plugins that are each right about part of the examples. */
  @Setup
  public void setUp() {
    memory = memoryOf(examples);
  }

  OutputMemory memory() {
    return memory;
  }

  /** Rows that plugins were run on to record the memory; the runtime is closed since. */
  long rowsAnswered() {
    return rowsAnswered;
  }

  private OutputMemory memoryOf(int examples) {
    Random random = new Random(1);
    List<PluginModule> plugins = new ArrayList<>();
    SortedMap<PluginId, DistilledSet> sets = new TreeMap<>();
    for (int i = 0; i < PLUGINS; i++) {
      float[] direction = gaussian(random);
      PluginModule plugin =
          PluginModule.of(
              new PluginId("centre-" + i, "task", "1"),
              BASE,
              Collections.singletonMap(
                  LinearRuntime.LAYER, new DenseUpdate(Tensor.of(Shape.of(WIDTH), direction))),
              Provenance.unknown());
      plugins.add(plugin);
      sets.put(plugin.id(), set(random, direction, examples / PLUGINS));
    }
    try (LinearRuntime runtime = new LinearRuntime(BASE)) {
      OutputMemory recorded = OutputMemory.record(PluginSet.of(plugins), sets, runtime);
      rowsAnswered = runtime.rowsAnswered();
      return recorded;
    }
  }

  /** Examples that the owner's own rule labels, but for one in ten. */
  private static DistilledSet set(Random random, float[] direction, int size) {
    float[][] rows = new float[size][];
    int[] classes = new int[size];
    for (int t = 0; t < size; t++) {
      rows[t] = gaussian(random);
      int own = LinearRuntime.score(direction, rows[t]) > 0 ? 0 : 1;
      classes[t] = random.nextInt(10) == 0 ? 1 - own : own;
    }
    return DistilledSet.of(LABELS, ModelInput.ofRows(rows), classes);
  }

  private static float[] gaussian(Random random) {
    float[] values = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /**
   * The fit.
   *
   * @return the weights and their certificate
   */
  @Benchmark
  public FittedWeights fit() {
    return FittedWeights.fit(memory);
  }
}
