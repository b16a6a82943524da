package io.medforge.runtime.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.TensorProto;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.LowRankUpdate.Layout;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.Outputs;
import io.medforge.runtime.ReferenceMlp;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models of other forms than our own exporter's. Widths: k = 5, d = 3. */
class HookedModelTest {
  private static final ModelInput BATCH = ReferenceMlp.inputs(1, 4, 5);
  private static final Tensor IN_OUT = ReferenceMlp.gaussian(2, 1, 5, 3);
  private static final Tensor OUT_IN = ReferenceMlp.gaussian(3, 1, 3, 5);
  private static final Tensor BIAS = ReferenceMlp.gaussian(4, 1, 3);

  @TempDir Path directory;

  private OnnxRuntime open(OnnxGraph graph) throws Exception {
    return OnnxRuntime.open(graph.write(directory.resolve("model.onnx")));
  }

  private static OnnxGraph matMul() {
    return new OnnxGraph()
        .initializer("w", IN_OUT)
        .initializer("b", BIAS)
        .node("MatMul", "h", "x", "w")
        .node("Add", "y", "h", "b");
  }

  private static PluginModule plugin(OnnxRuntime runtime, Map<String, Update> updates) {
    return PluginModule.of(PluginId.parse("a/p:1"), runtime.base(), updates, Provenance.unknown());
  }

  private static LowRankUpdate lowRank(Layout layout) {
    return new LowRankUpdate(
        ReferenceMlp.gaussian(5, 1, 2, 5), ReferenceMlp.gaussian(6, 1, 3, 2), 0.7, layout);
  }

  /** y[row][out] of x W^T + scale * x (B A)^T + b, with W given as [d, k]. */
  private static double[][] expected(double[] weight, LowRankUpdate update, double[] bias) {
    double[] x = BATCH.values().toDoubles();
    double[][] y = new double[4][3];
    for (int row = 0; row < 4; row++) {
      for (int i = 0; i < 3; i++) {
        y[row][i] = bias[i];
        for (int j = 0; j < 5; j++) {
          double w = weight[i * 5 + j];
          for (int r = 0; update != null && r < 2; r++) {
            w += 0.7 * update.b().toDoubles()[i * 2 + r] * update.a().toDoubles()[r * 5 + j];
          }
          y[row][i] += w * x[row * 5 + j];
        }
      }
    }
    return y;
  }

  private static double[] transposed(Tensor inOut) {
    double[] values = inOut.toDoubles();
    double[] result = new double[values.length];
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 5; j++) {
        result[i * 5 + j] = values[j * 3 + i];
      }
    }
    return result;
  }

  private static void assertEqual(Outputs found, double[][] expected) {
    for (int row = 0; row < expected.length; row++) {
      for (int label = 0; label < expected[row].length; label++) {
        assertThat((double) found.logit(row, label)).isCloseTo(expected[row][label], within(1e-5));
      }
    }
  }

  private static void assertRefused(OnnxRuntime runtime, String layer, Update update) {
    assertThatThrownBy(() -> runtime.run(plugin(runtime, Map.of(layer, update)), BATCH))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContainingAll("a/p:1", "layer " + layer);
  }

  @Test
  void matMulStoresInOut() throws Exception {
    try (OnnxRuntime runtime = open(matMul())) {
      LowRankUpdate update = lowRank(Layout.IN_OUT);
      double[] weight = transposed(IN_OUT);
      assertEqual(runtime.runBase(BATCH), expected(weight, null, BIAS.toDoubles()));
      assertEqual(
          runtime.run(plugin(runtime, Map.of("w", update)), BATCH),
          expected(weight, update, BIAS.toDoubles()));
      assertRefused(runtime, "w", lowRank(Layout.OUT_IN));
    }
  }

  @Test
  void denseUpdatesAndReplacementsFollowTheStoredLayout() throws Exception {
    Tensor other = ReferenceMlp.gaussian(8, 1, 5, 3);
    double[] sum = transposed(IN_OUT);
    double[] change = transposed(other);
    for (int i = 0; i < sum.length; i++) {
      sum[i] += change[i];
    }
    try (OnnxRuntime runtime = open(matMul())) {
      assertEqual(
          runtime.run(plugin(runtime, Map.of("w", new DenseUpdate(other))), BATCH),
          expected(sum, null, BIAS.toDoubles()));
      Update replacement = new Replacement(other, LabelSpace.of("l", "a", "b", "c"));
      assertEqual(
          runtime.run(plugin(runtime, Map.of("w", replacement)), BATCH),
          expected(change, null, BIAS.toDoubles()));
    }
  }

  @Test
  void gemmSaysHowItStores() throws Exception {
    OnnxGraph plain =
        new OnnxGraph()
            .initializer("w", IN_OUT)
            .initializer("b", BIAS)
            .gemm("y", "transB", 0, "x", "w", "b");
    LowRankUpdate inOut = lowRank(Layout.IN_OUT);
    try (OnnxRuntime runtime = open(plain)) {
      assertEqual(
          runtime.run(plugin(runtime, Map.of("w", inOut)), BATCH),
          expected(transposed(IN_OUT), inOut, BIAS.toDoubles()));
      assertRefused(runtime, "w", lowRank(Layout.OUT_IN));
    }
    OnnxGraph transposed =
        new OnnxGraph().initializer("w", OUT_IN).gemm("y", "transB", 1, "x", "w");
    LowRankUpdate outIn = lowRank(Layout.OUT_IN);
    try (OnnxRuntime runtime = open(transposed)) {
      assertEqual(
          runtime.run(plugin(runtime, Map.of("w", outIn)), BATCH),
          expected(OUT_IN.toDoubles(), outIn, new double[3]));
      assertRefused(runtime, "w", inOut);
    }
  }

  @Test
  void weightsUsedTwiceAreHookedTwice() throws Exception {
    OnnxGraph graph =
        new OnnxGraph()
            .initializer("w", OUT_IN)
            .gemm("h1", "transB", 1, "x", "w")
            .node("Neg", "n", "x")
            .gemm("h2", "transB", 1, "n", "w")
            .node("Sub", "y", "h1", "h2");
    LowRankUpdate update = lowRank(Layout.OUT_IN);
    double[][] twice = expected(OUT_IN.toDoubles(), update, new double[3]);
    for (double[] row : twice) {
      for (int i = 0; i < row.length; i++) {
        row[i] *= 2;
      }
    }
    try (OnnxRuntime runtime = open(graph)) {
      assertEqual(runtime.run(plugin(runtime, Map.of("w", update)), BATCH), twice);
    }
  }

  @Test
  void whatCannotBeHookedRunsButIsRefusedByName() throws Exception {
    OnnxGraph scaled = new OnnxGraph().initializer("w", IN_OUT).gemm("y", "alpha", 0.5, "x", "w");
    try (OnnxRuntime runtime = open(scaled)) {
      assertThat(runtime.runBase(BATCH).classes()).isEqualTo(3);
      assertRefused(runtime, "w", lowRank(Layout.IN_OUT));
      assertRefused(runtime, "w", new DenseUpdate(IN_OUT));
    }
    OnnxGraph alsoElsewhere =
        new OnnxGraph()
            .initializer("w", IN_OUT)
            .node("MatMul", "h", "x", "w")
            .integers("axes", 0)
            .node("ReduceSum", "s", "w", "axes")
            .node("Add", "y", "h", "s");
    try (OnnxRuntime runtime = open(alsoElsewhere)) {
      assertThat(runtime.runBase(BATCH).classes()).isEqualTo(3);
      assertRefused(runtime, "w", lowRank(Layout.IN_OUT));
      assertThatThrownBy(
              () -> runtime.run(plugin(runtime, Map.of("axes", new DenseUpdate(BIAS))), BATCH))
          .isInstanceOf(IncompatiblePluginsException.class)
          .hasMessageContaining("axes");
    }
  }

  @Test
  void filesThatListInitializersAsInputsAreRead() throws Exception {
    LowRankUpdate update = lowRank(Layout.IN_OUT);
    try (OnnxRuntime runtime = open(matMul().withInitializersAsInputs())) {
      assertEqual(
          runtime.run(plugin(runtime, Map.of("w", update)), BATCH),
          expected(transposed(IN_OUT), update, BIAS.toDoubles()));
    }
  }

  @Test
  void basesAreComparedWithTheFile() throws Exception {
    Path file = matMul().write(directory.resolve("model.onnx"));
    try (OnnxRuntime runtime = OnnxRuntime.open(file, BaseModel.named("hub/model"))) {
      assertThat(runtime.base()).isEqualTo(BaseModel.named("hub/model"));
    }
    BaseModel other = BaseModel.of("model", Digest.of(new byte[3]));
    assertThatThrownBy(() -> OnnxRuntime.open(file, other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(other.toString(), "model.onnx");
  }

  @Test
  void engineFailuresNameFileAndPlugin() throws Exception {
    ModelInput wide = ReferenceMlp.inputs(1, 4, 6);
    try (OnnxRuntime runtime = open(matMul())) {
      assertThatThrownBy(
              () -> runtime.run(plugin(runtime, Map.of("w", lowRank(Layout.IN_OUT))), wide))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("[4, 6]", "model.onnx", "a/p:1");
    }
  }

  private void assertFileRefused(OnnxGraph graph, String... parts) throws Exception {
    Path file = graph.write(directory.resolve("bad.onnx"));
    assertThatThrownBy(() -> OnnxRuntime.open(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bad.onnx")
        .hasMessageContainingAll(parts);
  }

  @Test
  void badFilesAreRefusedByName() throws Exception {
    OnnxGraph external = matMul();
    external.proto().getInitializerBuilder(0).setDataLocation(TensorProto.DataLocation.EXTERNAL);
    assertFileRefused(external, "external data", "initializer w");
    assertFileRefused(
        new OnnxGraph().raw("w", 1, new byte[7], 5, 3).node("MatMul", "y", "x", "w"),
        "expected 60 bytes",
        "found 7",
        "initializer w");
    assertFileRefused(
        new OnnxGraph().raw("w", 1, new byte[60], -5, 3).node("MatMul", "y", "x", "w"),
        "-5",
        "initializer w");
    assertFileRefused(matMul().initializer("w", IN_OUT), "w twice");
    OnnxGraph twoInputs = matMul();
    twoInputs.proto().addInput(OnnxGraph.value("mask", 1));
    assertFileRefused(twoInputs, "one input", "[x, mask]");
    OnnxGraph twoOutputs = matMul();
    twoOutputs.proto().addOutput(OnnxGraph.value("h", 1));
    assertFileRefused(twoOutputs, "one output", "[y, h]");
    assertFileRefused(new OnnxGraph(), "no graph");
    assertFileRefused(new OnnxGraph().node("NoSuchOperator", "y", "x"), "NoSuchOperator");
    assertFileRefused(matMul().node("Neg", "medforge:1", "y"), "medforge:1");
  }

  @Test
  void whatIsNoModelIsRefusedByName() throws Exception {
    Path garbage = Files.write(directory.resolve("garbage.onnx"), new byte[] {1, 2, 3, 4});
    assertThatThrownBy(() -> OnnxRuntime.open(garbage))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("garbage.onnx");
    byte[] whole = Files.readAllBytes(matMul().write(directory.resolve("whole.onnx")));
    for (int length = 0; length < whole.length; length++) {
      Path cut = Files.write(directory.resolve("cut.onnx"), java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> OnnxRuntime.open(cut).close())
          .as("cut at %s", length)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("cut.onnx");
    }
    assertThatThrownBy(() -> OnnxRuntime.open(directory.resolve("none.onnx")))
        .isInstanceOf(java.io.UncheckedIOException.class)
        .hasMessageContaining("none.onnx");
  }

  @Test
  void scalarsBelongToTheBaseButCannotBeChanged() throws Exception {
    OnnxGraph graph =
        new OnnxGraph()
            .initializer("w", IN_OUT)
            .initializer("temperature", Tensor.of(Shape.of(), 2f))
            .node("MatMul", "h", "x", "w")
            .node("Mul", "y", "h", "temperature");
    try (OnnxRuntime runtime = open(graph)) {
      assertRefused(
          runtime,
          "temperature",
          new Replacement(Tensor.of(Shape.of(), 3f), LabelSpace.of("l", "a", "b", "c")));
    }
  }
}
