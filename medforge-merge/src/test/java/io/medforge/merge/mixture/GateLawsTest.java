package io.medforge.merge.mixture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.PluginSet;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.TensorBundle;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.Pool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

/** Laws 3, 5 and 6 for every gate and both pools, with one task and with two. */
class GateLawsTest {
  private static Map<String, Gate> gates(OutputMemory memory) {
    List<PluginId> order =
        memory.plugins().plugins().stream().map(PluginModule::id).sorted().toList();
    Map<String, Gate> gates = new LinkedHashMap<>();
    gates.put("uniform", Gate.uniform());
    gates.put("fitted", Gate.fitted(memory));
    gates.put("held", Gate.fitted(memory, WeightPrior.crossValidated()));
    gates.put("calibrated", Gate.calibrated(memory));
    gates.put("perTask", Gate.perTask(memory));
    gates.put("memory", Gate.memory(memory));
    gates.put(
        "shared", MemoryGate.of(memory).sharing(WeightPrior.dirichlet(8)).calibrated().build());
    gates.put("trusting", MemoryGate.of(memory).trust(1).build());
    gates.put("nearest", Gate.nearest(memory, 5));
    gates.put("published", Gate.published(memory, order));
    gates.put("confidence", Gate.confidence());
    gates.put("composed", Gate.memory(memory).then(Gate.topK(2)).then(Gate.confidence()));
    gates.put(
        "abstaining",
        Gate.nearest(memory, 3).then(Gate.abstain(ConformalThreshold.ofMemory(memory, 0.2))));
    return gates;
  }

  private static ModelInput inputs(Tasks tasks, long seed, int centres) {
    List<float[]> rows = new ArrayList<>();
    Random random = new Random(seed);
    for (int i = 0; i < centres; i++) {
      float[] values = tasks.set(random, i, 1).inputs().values().toFloats();
      for (int at = 0; at < values.length; at += Tasks.WIDTH) {
        rows.add(Arrays.copyOfRange(values, at, at + Tasks.WIDTH));
      }
    }
    rows.add(new float[] {90, -90, 90, -90});
    return ModelInput.ofRows(rows.toArray(float[][]::new));
  }

  private static MixtureModel mix(Gate gate, Pool pool, OutputMemory memory) {
    return Mixture.gatedBy(gate).pool(pool).build().merge(memory.plugins()).value();
  }

  private static LabelSpace[] spaces(int n, boolean twoTasks) {
    LabelSpace[] spaces = new LabelSpace[n];
    for (int i = 0; i < n; i++) {
      spaces[i] = twoTasks && i % 2 == 1 ? Tasks.LUNG : Tasks.BREAST;
    }
    return spaces;
  }

  @Property(tries = 12)
  void everythingIsADistributionWhateverTheGateAndThePool(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int n, @ForAll boolean twoTasks) {
    Tasks tasks = new Tasks(seed, 6, spaces(n, twoTasks));
    Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
    OutputMemory memory = tasks.memory(runtime);
    ModelInput batch = inputs(tasks, seed, n);
    gates(memory)
        .forEach(
            (name, gate) -> {
              for (Pool pool : Pool.values()) {
                List<MixedPrediction> all = mix(gate, pool, memory).predictAll(runtime, batch);
                assertThat(mix(gate, pool, memory).predictAll(runtime, batch))
                    .as(name)
                    .hasToString(all.toString());
                all.forEach(each -> assertLaw(name, each, pool));
              }
            });
  }

  private static void assertLaw(String name, MixedPrediction each, Pool pool) {
    double weights = each.baseWeight();
    for (double weight : each.weights().values()) {
      assertThat(weight).as(name).isBetween(0.0, 1.0 + 1e-12);
      weights += weight;
    }
    assertThat(weights).as(name).isCloseTo(1, within(1e-12));
    double probabilities = 0;
    for (double probability : each.probabilities()) {
      assertThat(probability).as(name).isBetween(0.0, 1.0 + 1e-12);
      probabilities += probability;
    }
    assertThat(probabilities).as(name).isCloseTo(1, within(1e-12));
    double shares = 0;
    for (double share : each.shares().values()) {
      assertThat(share).as(name).matches(s -> pool == Pool.LOG || s >= 0);
      shares += share;
    }
    assertThat(shares).as(name).isCloseTo(each.abstained() ? 0 : 1, within(1e-9));
    if (!each.abstained()) {
      double likely = each.tasks().values().stream().mapToDouble(Double::doubleValue).sum();
      assertThat(likely).as(name).isCloseTo(1, within(1e-12));
      assertThat(each.labels()).map(LabelSpace::size).hasValue(each.probabilities().length);
    }
  }

  @Property(tries = 10)
  void aMixtureOfOneIsThatOne(@ForAll long seed) {
    Tasks tasks = new Tasks(seed, 4, Tasks.BREAST);
    Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
    OutputMemory memory = tasks.memory(runtime);
    ModelInput batch = tasks.set(new Random(seed), 0, 2).inputs();
    gates(memory)
        .forEach(
            (name, gate) -> {
              if (!name.equals("calibrated") && !name.equals("shared")) {
                List<MixedPrediction> mixed =
                    mix(gate, Pool.LINEAR, memory).predictAll(runtime, batch);
                for (int row = 0; row < mixed.size(); row++) {
                  if (!mixed.get(row).abstained()) {
                    assertThat(mixed.get(row).probabilities())
                        .as(name)
                        .containsExactly(runtime.run(tasks.plugin(0), batch).probabilities(row));
                  }
                }
              }
            });
  }

  @Property(tries = 8)
  void aSavedMixtureAnswersTheSame(@ForAll long seed, @ForAll boolean twoTasks) {
    Tasks tasks = new Tasks(seed, 5, spaces(3, twoTasks));
    Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
    OutputMemory memory = tasks.memory(runtime);
    ModelInput batch = inputs(tasks, seed, 3);
    gates(memory)
        .forEach(
            (name, gate) -> {
              MixtureModel model = mix(gate, Pool.LOG, memory);
              TensorBundle bundle = model.toBundle();
              MixtureModel loaded = MixtureModel.ofBundle(bundle, memory.plugins());
              assertThat(loaded.digest()).as(name).isEqualTo(model.digest());
              assertThat(loaded.toBundle()).as(name).isEqualTo(bundle);
              assertThat(loaded.predictAll(runtime, batch))
                  .as(name)
                  .hasToString(model.predictAll(runtime, batch).toString());
            });
  }

  @Property(tries = 8)
  void anExecutorChangesNothing(@ForAll long seed) {
    Tasks tasks = new Tasks(seed, 5, spaces(4, true));
    Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
    OutputMemory memory = tasks.memory(runtime);
    ModelInput batch = inputs(tasks, seed, 4);
    ExecutorService pool = Executors.newFixedThreadPool(3);
    ExecutorService single = Executors.newSingleThreadExecutor();
    try {
      gates(memory)
          .forEach(
              (name, gate) -> {
                MixtureModel model = mix(gate, Pool.LINEAR, memory);
                String expected = model.predictAll(runtime, batch).toString();
                assertThat(model.predictAll(runtime, batch, pool)).as(name).hasToString(expected);
                assertThat(
                        CompletableFuture.supplyAsync(
                                () -> model.predictAll(runtime, batch, single), single)
                            .join()
                            .toString())
                    .as(name)
                    .isEqualTo(expected);
              });
    } finally {
      pool.shutdownNow();
      single.shutdownNow();
      assertThat(mix(Gate.uniform(), Pool.LINEAR, memory).predictAll(runtime, batch, pool))
          .hasSize(batch.size());
    }
  }

  @Property(tries = 8)
  void theOrderOfArrivalNeverMatters(@ForAll long seed, @ForAll boolean twoTasks) {
    Tasks tasks = new Tasks(seed, 5, spaces(4, twoTasks));
    Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
    var shuffled = new ArrayList<>(tasks.contributions());
    Collections.shuffle(shuffled, new Random(seed));
    OutputMemory one = tasks.memory(runtime);
    OutputMemory other = OutputMemory.record(shuffled, runtime);
    assertThat(other.digest()).isEqualTo(one.digest());
    Map<String, Gate> gates = gates(other);
    gates(one)
        .forEach(
            (name, gate) ->
                assertThat(mix(gate, Pool.LINEAR, one).digest())
                    .as(name)
                    .isEqualTo(
                        mix(Objects.requireNonNull(gates.get(name)), Pool.LINEAR, other).digest()));
  }

  @Property(tries = 8)
  void onlyTheTopKAreRunAndOnlyWhereTheyCount(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int k) {
    Tasks tasks = new Tasks(seed, 5, spaces(4, false));
    Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
    OutputMemory memory = tasks.memory(runtime);
    Gate gate = Gate.memory(memory).then(Gate.topK(k));
    ModelInput batch = inputs(tasks, seed, 4);
    Tasks.TaskRuntime counting = new Tasks.TaskRuntime();
    List<MixedPrediction> all = mix(gate, Pool.LINEAR, memory).predictAll(counting, batch);
    int expected = 0;
    for (MixedPrediction each : all) {
      long heard = each.weights().values().stream().filter(weight -> weight > 0).count();
      assertThat(heard).isBetween(1L, (long) k);
      expected += (int) heard;
    }
    int rows =
        counting.runs().stream()
            .mapToInt(run -> Integer.parseInt(run.substring(run.indexOf('/') + 1)))
            .sum();
    assertThat(rows).isEqualTo(expected);
    assertThat(counting.runs()).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(4);
  }

  @Property(tries = 20)
  void thePoolsAreTheirFormulas(@ForAll long seed) {
    Tasks tasks = new Tasks(seed, 4, spaces(3, false));
    Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
    OutputMemory memory = tasks.memory(runtime);
    PluginSet plugins = memory.plugins();
    ModelInput one = tasks.set(new Random(seed), 0, 1).inputs();
    Gate gate = Gate.memory(memory);
    List<MixedPrediction> linear = mix(gate, Pool.LINEAR, memory).predictAll(runtime, one);
    List<MixedPrediction> log = mix(gate, Pool.LOG, memory).predictAll(runtime, one);
    for (int row = 0; row < one.size(); row++) {
      double[] mean = new double[2];
      double[] product = {1, 1};
      for (PluginModule plugin : plugins.plugins()) {
        double w = linear.get(row).weights().get(plugin.id());
        double[] p = runtime.run(plugin, one).probabilities(row);
        for (int c = 0; c < 2; c++) {
          mean[c] += w * p[c];
          product[c] *= Math.pow(p[c], w);
        }
      }
      assertThat(linear.get(row).probabilities()[0]).isCloseTo(mean[0], within(1e-12));
      if (product[0] + product[1] > 1e-200) {
        assertThat(log.get(row).probabilities()[0])
            .isCloseTo(product[0] / (product[0] + product[1]), within(1e-9));
      }
    }
  }

  /** No class gets less than a part of what equal weights, or resemblance alone, would give it. */
  @Property(tries = 12)
  void aHedgedGateIsNeverFarFromEitherOfWhatItHedges(
      @ForAll long seed, @ForAll @DoubleRange(min = 0, max = 1) double trust) {
    Tasks tasks = new Tasks(seed, 5, spaces(3, false));
    Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
    OutputMemory memory = tasks.memory(runtime);
    ModelInput batch = inputs(tasks, seed, 3);
    List<MixedPrediction> hedged =
        mix(MemoryGate.of(memory).trust(trust).build(), Pool.LINEAR, memory)
            .predictAll(runtime, batch);
    List<MixedPrediction> equal =
        mix(Gate.uniform(), Pool.LINEAR, memory).predictAll(runtime, batch);
    List<MixedPrediction> alone =
        mix(MemoryGate.of(memory).trust(1).build(), Pool.LINEAR, memory).predictAll(runtime, batch);
    for (int row = 0; row < batch.size(); row++) {
      for (int c = 0; c < Tasks.BREAST.size(); c++) {
        double expected =
            (1 - trust) * equal.get(row).probabilities()[c]
                + trust * alone.get(row).probabilities()[c];
        assertThat(hedged.get(row).probabilities()[c]).isCloseTo(expected, within(1e-12));
      }
    }
  }

  @Example
  void trustIsAPartAndIsSetOnce() {
    Tasks tasks = new Tasks(1, 5, spaces(2, false));
    OutputMemory memory = tasks.memory(new Tasks.TaskRuntime());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MemoryGate.of(memory).trust(Double.NaN))
        .withMessage("expected a trust of 0 to 1, found NaN");
    assertThatIllegalStateException()
        .isThrownBy(() -> MemoryGate.of(memory).trust(0.5).trust(0.5))
        .withMessage("the trust was already set to 0.5");
    assertThatIllegalStateException()
        .isThrownBy(() -> MemoryGate.of(memory).trust(1).sharing(WeightPrior.none()))
        .withMessage("expected either trust or sharing, found both");
    assertThatIllegalStateException()
        .isThrownBy(() -> MemoryGate.of(memory).sharing(WeightPrior.none()).trust(1))
        .withMessage("expected either trust or sharing, found both");
  }
}
