package io.medforge.benchmarks;

import io.medforge.merge.PluginSet;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.GateQuery;
import io.medforge.merge.mixture.GateWeights;
import io.medforge.merge.mixture.MemoryGate;
import io.medforge.merge.mixture.Mixture;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.GateParameters;
import io.medforge.runtime.ModelInput;
import java.util.ArrayList;
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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Gating one input: n = 8 plugins, 240 prototypes (15 for each class of each set), 512 features.
 * The features are found beforehand; gating runs no model. With {@code -prof gc} it shows what is
 * allocated: the weights, and nothing that grows with prototypes or features.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar MemoryGate -prof gc}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MemoryGateBenchmark {
  static final int PROTOTYPES_PER_CLASS = 15;
  static final int WIDTH = 512;

  private static final LabelSpace LABELS = LabelSpace.of("task", "ill", "well");
  private static final BaseModel BASE = BaseModel.named("base");
  private static final int PLUGINS = 8;
  private static final int EXAMPLES_PER_CLASS = 20;
  private static final int INPUTS = 64;

  private Gate gate = Gate.uniform();
  private List<GateQuery> queries = List.of();
  private ModelInput inputs = ModelInput.ofRows(new float[1]);
  private int next;

  /** Records a memory, fits the gate, and asks 64 questions whose features are known. */
  @Setup
  public void setUp() {
    Random random = new Random(1);
    try (LinearRuntime runtime = new LinearRuntime(BASE)) {
      OutputMemory memory = memory(random, runtime);
      gate = MemoryGate.of(memory).prototypes(PROTOTYPES_PER_CLASS).build();
      inputs = inputs(random);
      queries = queries(memory.plugins(), gate, inputs, runtime);
    }
  }

  private static OutputMemory memory(Random random, LinearRuntime runtime) {
    List<PluginModule> plugins = new ArrayList<>();
    SortedMap<PluginId, DistilledSet> sets = new TreeMap<>();
    for (int i = 0; i < PLUGINS; i++) {
      PluginId id = new PluginId("centre-" + i, "task", "1");
      SortedMap<String, Update> updates = new TreeMap<>();
      updates.put(
          LinearRuntime.LAYER, new DenseUpdate(Tensor.of(Shape.of(WIDTH), gaussian(random, 0))));
      plugins.add(PluginModule.of(id, BASE, updates, Provenance.unknown()));
      float[][] rows = new float[2 * EXAMPLES_PER_CLASS][];
      int[] classes = new int[rows.length];
      for (int t = 0; t < rows.length; t++) {
        classes[t] = t % 2;
        rows[t] = gaussian(random, i + classes[t]);
      }
      sets.put(id, DistilledSet.of(LABELS, ModelInput.ofRows(rows), classes));
    }
    return OutputMemory.recording(runtime)
        .features(FeatureExtractor.pooledInput())
        .record(PluginSet.of(plugins), sets);
  }

  private static ModelInput inputs(Random random) {
    float[][] rows = new float[INPUTS][];
    for (int t = 0; t < INPUTS; t++) {
      rows[t] = gaussian(random, t % PLUGINS);
    }
    return ModelInput.ofRows(rows);
  }

  private static float[] gaussian(Random random, int mean) {
    float[] values = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      values[i] = (float) (mean / 4.0 + random.nextGaussian());
    }
    return values;
  }

  /**
   * A gate of our own overhears a mixture's questions. They outlive their call here, on one thread,
   * which an integrator's gate must not do.
   */
  private static List<GateQuery> queries(
      PluginSet plugins, Gate gate, ModelInput inputs, LinearRuntime runtime) {
    List<GateQuery> heard = new ArrayList<>();
    Gate hearing =
        query -> {
          heard.add(query);
          return gate.weigh(query);
        };
    Mixture.gatedBy(hearing)
        .labels(LABELS)
        .build()
        .merge(plugins)
        .value()
        .predictAll(runtime, inputs);
    return List.copyOf(heard);
  }

  GateParameters.Prototypes numbers() {
    return (GateParameters.Prototypes)
        gate.describe(queries.get(0).plugins()).numbers().orElseThrow();
  }

  double[] features(int question) {
    double[] x = new double[WIDTH];
    float[] row = new float[WIDTH];
    inputs.values().read((long) question * WIDTH, row, 0, WIDTH);
    for (int i = 0; i < WIDTH; i++) {
      x[i] = row[i];
    }
    return x;
  }

  int questions() {
    return queries.size();
  }

  /**
   * Weighs the plugins for the next input.
   *
   * @return the weights
   */
  @Benchmark
  public GateWeights gateOneInput() {
    next = (next + 1) % queries.size();
    return gate.weigh(queries.get(next));
  }
}
