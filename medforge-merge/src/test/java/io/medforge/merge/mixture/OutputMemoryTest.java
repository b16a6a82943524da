package io.medforge.merge.mixture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.forge.Contribution;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.TensorBundle;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.ModelInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What a memory remembers, how much, of which tasks; saved, grown and forgotten. */
class OutputMemoryTest {
  private static final LabelSpace FINE = LabelSpace.of("birads", "2", "4", "5");
  private static final LabelMapping COARSE =
      LabelMapping.of(
          FINE, Tasks.BREAST, Map.of("2", "benign", "4", "malignant", "5", "malignant"));

  private static Tasks mixed(long seed, int perClass) {
    return new Tasks(seed, perClass, Tasks.BREAST, Tasks.LUNG, Tasks.BREAST, Tasks.LUNG);
  }

  @Property(tries = 20)
  void aBoundedMemoryStandsForEverythingAndForgetsExactly(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int k) {
    Tasks tasks = mixed(seed, 7);
    Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
    OutputMemory memory = OutputMemory.recording(runtime).perClass(k).record(tasks.contributions());
    assertThat(memory.examples()).isLessThanOrEqualTo(k * (2 + 3 + 2 + 3));
    for (Contribution each : tasks.contributions()) {
      int stands = 0;
      for (int count : memory.counts(each.module().id())) {
        stands += count;
      }
      assertThat(stands).isEqualTo(each.distilled().size());
    }
    PluginId leaving = tasks.plugin(1).id();
    List<Contribution> stay = new ArrayList<>(tasks.contributions());
    stay.remove(1);
    OutputMemory without = OutputMemory.recording(runtime).perClass(k).record(stay);
    assertThat(memory.without(leaving).digest()).isEqualTo(without.digest());
    Contribution back = tasks.contributions().get(1);
    assertThat(without.with(back.module(), back.distilled(), runtime).digest())
        .isEqualTo(memory.digest());
  }

  @Property(tries = 10)
  void aSavedMemoryIsTheSame(@ForAll long seed, @ForAll boolean bounded) {
    Tasks tasks = mixed(seed, 5);
    Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
    MemoryRecording recording = OutputMemory.recording(runtime);
    OutputMemory memory =
        (bounded ? recording.perClass(2) : recording).record(tasks.contributions());
    TensorBundle bundle = memory.toBundle();
    OutputMemory loaded = OutputMemory.ofBundle(bundle, memory.plugins());
    assertThat(loaded.digest()).isEqualTo(memory.digest());
    assertThat(loaded.toBundle()).isEqualTo(bundle);
    assertThat(FittedWeights.fit(loaded).weights()).isEqualTo(FittedWeights.fit(memory).weights());
    Contribution newcomer = new Tasks(seed + 1, 5, Tasks.BREAST, Tasks.LUNG).contributions().get(0);
    OutputMemory less = loaded.without(tasks.plugin(0).id());
    assertThat(less.with(newcomer.module(), newcomer.distilled(), runtime).digest())
        .isEqualTo(
            memory
                .without(tasks.plugin(0).id())
                .with(newcomer.module(), newcomer.distilled(), runtime)
                .digest());
  }

  @Example
  void aBundleThatLacksOrContradictsIsRefused() {
    Tasks tasks = mixed(3, 4);
    OutputMemory memory = tasks.memory(new Tasks.TaskRuntime());
    TensorBundle good = memory.toBundle();
    for (String name : good.tensors().keySet()) {
      SortedMap<String, Tensor> tensors = new TreeMap<>(good.tensors());
      tensors.remove(name);
      assertRefused(TensorBundle.of(tensors, good.metadata()), memory.plugins());
      tensors.put(name, Tensor.of(Shape.of(1), Float.NaN));
      assertRefused(TensorBundle.of(tensors, good.metadata()), memory.plugins());
      Tensor own = good.tensor(name);
      byte[] bytes = new byte[(int) own.dtype().byteSize(own.shape())];
      own.readBytes(0, bytes, 0, bytes.length);
      bytes[bytes.length - 2] ^= 0x40;
      tensors.put(name, Tensor.ofBytes(own.dtype(), own.shape(), bytes));
      assertRefused(TensorBundle.of(tensors, good.metadata()), memory.plugins());
    }
    for (String key : good.metadata().keySet()) {
      SortedMap<String, String> texts = new TreeMap<>(good.metadata());
      texts.remove(key);
      if (!key.equals("base")) {
        assertRefused(TensorBundle.of(good.tensors(), texts), memory.plugins());
        texts.put(key, "-7");
        assertThatThrownBy(
                () ->
                    OutputMemory.ofBundle(TensorBundle.of(good.tensors(), texts), memory.plugins()))
            .as(key)
            .isInstanceOfAny(MalformedPluginException.class, IncompatiblePluginsException.class);
      }
    }
  }

  private static void assertRefused(TensorBundle bundle, PluginSet plugins) {
    assertThatThrownBy(() -> OutputMemory.ofBundle(bundle, plugins))
        .isInstanceOf(MalformedPluginException.class);
  }

  @Example
  void aMemoryOfOtherPluginsIsRefusedByName() {
    Tasks tasks = mixed(3, 4);
    OutputMemory memory = tasks.memory(new Tasks.TaskRuntime());
    TensorBundle bundle = memory.toBundle();
    PluginSet fewer = memory.without(tasks.plugin(2).id()).plugins();
    assertThatThrownBy(() -> OutputMemory.ofBundle(bundle, fewer))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("centre-2");
    PluginSet others = mixed(4, 4).memory(new Tasks.TaskRuntime()).plugins();
    assertThatThrownBy(() -> OutputMemory.ofBundle(bundle, others))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContainingAll("sha256", "heads");
    TensorBundle without = memory.without(tasks.plugin(2).id()).toBundle();
    assertThatThrownBy(() -> OutputMemory.ofBundle(without, memory.plugins()))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("found centre-2/breast:1 too");
  }

  @Example
  void pluginsAnswerToTheSetsOfTheirOwnTaskOnly() {
    Tasks tasks = mixed(5, 4);
    Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
    OutputMemory memory = tasks.memory(runtime);
    assertThat(runtime.runs()).hasSize(2 * 2 + 2 * 2);
    assertThat(memory.labelSpaces().tasks()).containsExactly(Tasks.BREAST, Tasks.LUNG);
    assertThatThrownBy(() -> memory.outputs(tasks.plugin(0).id(), tasks.plugin(1).id()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("breast", "lung", "centre-1");
    assertThat(memory.features()).isEqualTo(FeatureExtractor.penultimate());
    GateWeights onlyBreast = GateWeights.of(weights(memory, tasks.plugin(0).id()));
    assertThat(memory.logLikelihood(onlyBreast)).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  private static double[] weights(OutputMemory memory, PluginId one) {
    return memory.plugins().plugins().stream()
        .mapToDouble(plugin -> plugin.id().equals(one) ? 1 : 0)
        .toArray();
  }

  @Example
  void aMappingJoinsTwoSpaces() {
    Tasks tasks = new Tasks(6, 5, Tasks.BREAST, FINE);
    Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
    OutputMemory apart = tasks.memory(runtime);
    assertThat(apart.labelSpaces().tasks()).hasSize(2);
    OutputMemory joined =
        OutputMemory.recording(runtime).joining(COARSE).record(tasks.contributions());
    assertThat(joined.labelSpaces().tasks()).containsExactly(Tasks.BREAST);
    PluginId coarse = tasks.plugin(0).id();
    PluginId fine = tasks.plugin(1).id();
    MemoryTable table = MemoryTable.of(joined);
    int first = joined.plugins().plugins().get(0).id().equals(coarse) ? 0 : 1;
    double[] p = joined.outputs(coarse, fine).probabilities(0);
    double benign = p[0];
    int row = first == 0 ? 0 : table.rows() - joined.distilledSet(coarse).size();
    double expected = joined.distilledSet(coarse).classOf(0) == 0 ? benign : p[1] + p[2];
    assertThat(Math.exp(table.logs()[row * 2 + 1 - first])).isCloseTo(expected, within(1e-9));
    MixtureModel model =
        Mixture.gatedBy(Gate.memory(joined)).build().merge(joined.plugins()).value();
    MixedPrediction answer =
        model.predictAll(runtime, tasks.contributions().get(1).distilled().inputs()).get(0);
    assertThat(answer.labels()).contains(Tasks.BREAST);
    assertThat(answer.probabilities()).hasSize(2);
    assertThat(OutputMemory.ofBundle(joined.toBundle(), joined.plugins()).digest())
        .isEqualTo(joined.digest())
        .isNotEqualTo(apart.digest());
  }

  @Example
  void aGrowingMemoryRunsOnlyWhatIsNew() {
    Tasks tasks =
        new Tasks(8, 4, Tasks.BREAST, Tasks.BREAST, Tasks.BREAST, Tasks.BREAST, Tasks.BREAST);
    Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
    GrowingMemory memories = GrowingMemory.of(() -> OutputMemory.recording(runtime).perClass(3));
    for (int n = 1; n <= 5; n++) {
      int before = runtime.runs().size();
      List<Contribution> some = tasks.contributions().subList(0, n);
      OutputMemory grown = memories.recall(some);
      assertThat(runtime.runs()).hasSize(before + 2 * n - 1);
      assertThat(grown.digest())
          .isEqualTo(
              OutputMemory.recording(new Tasks.TaskRuntime()).perClass(3).record(some).digest());
    }
    int before = runtime.runs().size();
    memories.recall(tasks.contributions().subList(1, 5));
    assertThat(runtime.runs()).hasSize(before);
  }

  @Example
  void aSingleClassTellsNothing() {
    Tasks tasks = new Tasks(8, 4, LabelSpace.of("one", "only"));
    OutputMemory memory = tasks.memory(new Tasks.TaskRuntime());
    for (Runnable refused :
        List.<Runnable>of(
            () -> Gate.memory(memory),
            () -> Gate.nearest(memory, 2),
            () -> Gate.perTask(memory),
            () -> Gate.calibrated(memory))) {
      assertThatThrownBy(refused::run)
          .isInstanceOf(IncompatiblePluginsException.class)
          .hasMessageContaining("two classes of one, found only class only");
    }
  }

  @Example
  void settingsAreSetOnce() {
    MemoryRecording recording = OutputMemory.recording(new Tasks.TaskRuntime()).perClass(2);
    assertThatThrownBy(() -> recording.perClass(3)).isInstanceOf(IllegalStateException.class);
    recording.features(FeatureExtractor.baseOutput());
    assertThatThrownBy(() -> recording.features(FeatureExtractor.baseOutput()))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> OutputMemory.recording(new Tasks.TaskRuntime()).perClass(0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Example
  void featuresOfAnotherWidthAreRefusedByName() {
    Tasks tasks = mixed(5, 4);
    Tasks.TaskRuntime runtime = new Tasks.TaskRuntime();
    OutputMemory memory =
        OutputMemory.recording(runtime)
            .features(FeatureExtractor.pooledInput())
            .record(tasks.contributions());
    MixtureModel model =
        Mixture.gatedBy(Gate.memory(memory)).build().merge(memory.plugins()).value();
    assertThatThrownBy(() -> model.predict(runtime, ModelInput.ofRows(new float[] {1, 2, 3})))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessage(
            "expected 4 features as the gate was made for, found 3, at features pooled-input/4");
  }

  @Example
  void aMemoryOfNobodyIsRefused() {
    assertThatThrownBy(() -> OutputMemory.record(List.of(), new Tasks.TaskRuntime()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected");
  }
}
