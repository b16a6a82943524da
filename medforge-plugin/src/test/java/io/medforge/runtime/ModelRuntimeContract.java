package io.medforge.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What every {@link ModelRuntime} promises. */
public interface ModelRuntimeContract {
  ReferenceMlp MLP = ReferenceMlp.random(1, 30, 17, 9, 2);
  ModelInput BATCH = ReferenceMlp.inputs(2, 7, 30);
  double TOLERANCE = 1e-5;

  /** Opens a runtime of a base. */
  ModelRuntime open(ReferenceMlp base) throws Exception;

  @Test
  default void baseEqualsReference() throws Exception {
    try (ModelRuntime runtime = open(MLP)) {
      assertEqual(runtime.runBase(BATCH), MLP.logits(null, BATCH));
      assertThat(runtime.base().digest()).isEqualTo(MLP.base().digest());
    }
  }

  @Test
  default void featuresAreTheBasesAndNoPluginChangesThem() throws Exception {
    try (ModelRuntime runtime = open(MLP)) {
      runtime.run(MLP.lora(3, 1, 4, 2), BATCH);
      Features features = runtime.features(BATCH);
      double[][] expected = MLP.features(BATCH);
      assertThat(features.size()).isEqualTo(7);
      assertThat(features.width()).isEqualTo(9);
      for (int row = 0; row < expected.length; row++) {
        for (int i = 0; i < expected[row].length; i++) {
          assertThat((double) features.value(row, i))
              .isCloseTo(expected[row][i], within(TOLERANCE));
        }
      }
    }
  }

  @Test
  default void pluginsOfMixedRanksEqualReference() throws Exception {
    try (ModelRuntime runtime = open(MLP)) {
      for (PluginModule plugin :
          List.of(MLP.lora(3, 1, 4, 2), MLP.lora(4, 8), MLP.lora(5, 2, 9, 1))) {
        assertEqual(runtime.run(plugin, BATCH), MLP.logits(plugin, BATCH));
      }
    }
  }

  @Test
  default void zeroPluginEqualsBase() throws Exception {
    Update zero =
        new LowRankUpdate(
            ReferenceMlp.gaussian(3, 1, 4, 30), Tensor.of(Shape.of(17, 4), new float[68]), 1);
    try (ModelRuntime runtime = open(MLP)) {
      Outputs outputs = runtime.run(MLP.plugin("zero", Map.of("fc1.weight", zero)), BATCH);
      assertSame(outputs, runtime.runBase(BATCH));
    }
  }

  @Test
  default void denseUpdatesEqualReference() throws Exception {
    PluginModule plugin =
        MLP.plugin(
            "dense",
            Map.of(
                "fc1.bias", new DenseUpdate(ReferenceMlp.gaussian(3, 0.5, 17)),
                "fc2.weight", new DenseUpdate(ReferenceMlp.gaussian(4, 0.5, 9, 17)),
                "fc3.weight", new DenseUpdate(ReferenceMlp.gaussian(5, 0.5, 2, 9))));
    try (ModelRuntime runtime = open(MLP)) {
      assertEqual(runtime.run(plugin, BATCH), MLP.logits(plugin, BATCH));
    }
  }

  @Test
  default void headsEqualReference() throws Exception {
    try (ModelRuntime runtime = open(MLP)) {
      for (int classes : List.of(2, 3)) {
        PluginModule plugin = head(classes, classes);
        Outputs outputs = runtime.run(plugin, BATCH);
        assertThat(outputs.classes()).isEqualTo(classes);
        assertEqual(outputs, MLP.logits(plugin, BATCH));
      }
      assertEqual(runtime.runBase(BATCH), MLP.logits(null, BATCH));
    }
  }

  private static PluginModule head(int weightOutputs, int biasOutputs) {
    return MLP.plugin(
        "head",
        Map.of(
            "fc1.weight", MLP.lowRank("fc1.weight", 6, 3),
            "fc3.weight",
                new Replacement(
                    ReferenceMlp.gaussian(7, 0.5, weightOutputs, 9),
                    ReferenceMlp.labels(weightOutputs)),
            "fc3.bias",
                new Replacement(
                    ReferenceMlp.gaussian(8, 0.5, biasOutputs),
                    ReferenceMlp.labels(weightOutputs))));
  }

  @Test
  default void halfPrecisionFactorsAreWidenedExactly() throws Exception {
    LowRankUpdate full = MLP.lowRank("fc1.weight", 9, 2);
    for (io.medforge.plugin.DType type :
        List.of(io.medforge.plugin.DType.F16, io.medforge.plugin.DType.BF16)) {
      Update half =
          new LowRankUpdate(
              Tensor.encode(type, full.a().shape(), full.a().toDoubles()),
              Tensor.encode(type, full.b().shape(), full.b().toDoubles()),
              0.25);
      PluginModule plugin = MLP.plugin("half", Map.of("fc1.weight", half));
      try (ModelRuntime runtime = open(MLP)) {
        assertEqual(runtime.run(plugin, BATCH), MLP.logits(plugin, BATCH));
      }
    }
  }

  @Test
  default void unknownLayersAreRefusedByName() throws Exception {
    PluginModule plugin = MLP.plugin("lung", Map.of("fc9.weight", MLP.lowRank("fc1.weight", 3, 2)));
    assertRefused(plugin, "centre/lung:1", "fc9.weight");
  }

  @Test
  default void wrongShapesAreRefusedByName() throws Exception {
    Map<String, Update> wrong =
        Map.of(
            "fc2.weight", MLP.lowRank("fc1.weight", 3, 2),
            "fc1.weight", new DenseUpdate(ReferenceMlp.gaussian(3, 1, 17, 29)),
            "fc1.bias", new DenseUpdate(ReferenceMlp.gaussian(3, 1, 16)),
            "fc3.bias", new Replacement(ReferenceMlp.gaussian(3, 1, 3), ReferenceMlp.labels(3)));
    for (Map.Entry<String, Update> entry : wrong.entrySet()) {
      assertRefused(
          MLP.plugin("wrong", Map.of(entry.getKey(), entry.getValue())),
          "centre/wrong:1",
          entry.getKey());
    }
    assertRefused(head(3, 2), "centre/head:1", "fc3.");
  }

  @Test
  default void convolutionFactorsAreRefusedByName() throws Exception {
    Update convolution =
        new LowRankUpdate(
            ReferenceMlp.gaussian(3, 1, 2, 10, 3, 1), ReferenceMlp.gaussian(3, 1, 17, 2, 1, 1), 1);
    assertRefused(
        MLP.plugin("conv", Map.of("fc1.weight", convolution)), "centre/conv:1", "fc1.weight");
  }

  @Test
  default void otherLayoutsAreRefusedByName() throws Exception {
    ReferenceMlp square = ReferenceMlp.random(1, 5, 5, 5, 2);
    LowRankUpdate update = square.lowRank("fc1.weight", 3, 2);
    Update fanIn = new LowRankUpdate(update.a(), update.b(), 1, LowRankUpdate.Layout.IN_OUT);
    try (ModelRuntime runtime = open(square)) {
      assertThatThrownBy(
              () ->
                  runtime.run(
                      square.plugin("fan", Map.of("fc1.weight", fanIn)),
                      ReferenceMlp.inputs(3, 2, 5)))
          .isInstanceOf(IncompatiblePluginsException.class)
          .hasMessageContainingAll("centre/fan:1", "fc1.weight", "IN_OUT");
    }
  }

  @Test
  default void otherBasesAreRefusedByName() throws Exception {
    ReferenceMlp other = ReferenceMlp.random(9, 30, 17, 9, 2);
    assertRefused(other.lora(3, 2), "centre/lora3:1", other.base().toString());
  }

  @Test
  default void basesWithoutDigestAreComparedByName() throws Exception {
    try (ModelRuntime runtime = open(MLP)) {
      PluginModule lora = MLP.lora(3, 2);
      PluginModule named =
          PluginModule.of(
              lora.id(),
              BaseModel.named(runtime.base().name()),
              lora.updates(),
              Provenance.unknown());
      assertSame(runtime.run(named, BATCH), runtime.run(lora, BATCH));
    }
  }

  @Test
  default void inputsOfAnotherWidthAreRefused() throws Exception {
    ModelInput narrow = ReferenceMlp.inputs(2, 7, 29);
    try (ModelRuntime runtime = open(MLP)) {
      assertThatThrownBy(() -> runtime.runBase(narrow))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("30", "29");
      assertThatThrownBy(() -> runtime.features(narrow))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("30", "29");
      assertThatThrownBy(() -> runtime.run(MLP.lora(3, 2), narrow))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("30", "29");
      ModelInput integers =
          new ModelInput(
              Tensor.ofBytes(io.medforge.plugin.DType.I8, Shape.of(1, 30), new byte[30]));
      assertThatThrownBy(() -> runtime.runBase(integers))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("I8");
      assertEqual(runtime.runBase(BATCH), MLP.logits(null, BATCH));
    }
  }

  @Test
  default void threadsGetWhatOneThreadGets() throws Exception {
    List<PluginModule> plugins =
        List.of(MLP.lora(3, 1, 4, 2), MLP.lora(4, 8), head(3, 3), MLP.lora(5, 2, 2, 1));
    ExecutorService executor = Executors.newFixedThreadPool(8);
    try (ModelRuntime runtime = open(MLP)) {
      List<Outputs> expected = new ArrayList<>();
      plugins.forEach(plugin -> expected.add(runtime.run(plugin, BATCH)));
      List<Callable<Outputs>> calls = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        PluginModule plugin = plugins.get(i % 4);
        calls.add(() -> runtime.run(plugin, BATCH));
      }
      List<Future<Outputs>> results = executor.invokeAll(calls);
      for (int i = 0; i < results.size(); i++) {
        assertSame(results.get(i).get(), expected.get(i % 4));
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  default void closedRuntimesRefuse() throws Exception {
    ModelRuntime runtime = open(MLP);
    runtime.close();
    runtime.close();
    assertThatThrownBy(() -> runtime.runBase(BATCH))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> runtime.run(MLP.lora(3, 2), BATCH))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> runtime.features(BATCH))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  /** The base has 8 MiB; one copy kept per switch would be 2.4 GiB. */
  @Test
  default void switchingPluginsKeepsNothing() throws Exception {
    ReferenceMlp large = ReferenceMlp.random(1, 30, 1000, 2000, 2);
    ModelInput one = ReferenceMlp.inputs(2, 1, 30);
    PluginModule first = large.lora(3, 4, 4, 2);
    PluginModule second = large.lora(4, 2, 8, 1);
    try (ModelRuntime runtime = open(large)) {
      Outputs expectedFirst = runtime.run(first, one);
      Outputs expectedSecond = runtime.run(second, one);
      assertEqual(expectedSecond, large.logits(second, one));
      long before = residentBytes();
      for (int i = 0; i < 300; i++) {
        assertSame(runtime.run(first, one), expectedFirst);
        assertSame(runtime.run(second, one), expectedSecond);
      }
      assertThat(residentBytes() - before).isLessThan(200L << 20);
    }
  }

  private static long residentBytes() throws Exception {
    Path statm = Path.of("/proc/self/statm");
    if (!Files.exists(statm)) {
      return 0;
    }
    return 4096 * new java.util.Scanner(Files.readString(statm)).skip("\\d+").nextLong();
  }

  private void assertRefused(PluginModule plugin, String... parts) throws Exception {
    try (ModelRuntime runtime = open(MLP)) {
      assertThatThrownBy(() -> runtime.run(plugin, BATCH))
          .isInstanceOf(IncompatiblePluginsException.class)
          .hasMessageContainingAll(parts);
      assertEqual(runtime.runBase(BATCH), MLP.logits(null, BATCH));
    }
  }

  static void assertEqual(Outputs found, double[][] expected) {
    for (int row = 0; row < expected.length; row++) {
      assertThat(found.classes()).isEqualTo(expected[row].length);
      for (int label = 0; label < expected[row].length; label++) {
        assertThat((double) found.logit(row, label))
            .isCloseTo(
                expected[row][label],
                within(TOLERANCE * Math.max(1, Math.abs(expected[row][label]))));
      }
    }
  }

  static void assertSame(Outputs found, Outputs expected) {
    assertThat(found.size()).isEqualTo(expected.size());
    for (int row = 0; row < expected.size(); row++) {
      assertThat(found.logits(row)).isEqualTo(expected.logits(row));
    }
  }
}
