package io.medforge.runtime.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.LowRankUpdate.Layout;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.GateParameters;
import io.medforge.runtime.MixtureParameters;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.Pool;
import io.medforge.runtime.ReferenceMixture;
import io.medforge.runtime.ReferenceMlp;
import io.medforge.runtime.Whitening;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mixtures over models of other forms than our own exporter's. Widths: k = 5, hidden 4, d = 2. */
class OnnxMixtureFormsTest {
  private static final ModelInput BATCH = ReferenceMlp.inputs(1, 6, 5);
  private static final BaseModel BASE = BaseModel.named("model");
  private static final GateParameters EQUAL = new GateParameters.Static(List.of(0.5, 0.5));

  @TempDir Path directory;

  private static OnnxGraph twoLayers() {
    return new OnnxGraph()
        .initializer("w", ReferenceMlp.gaussian(2, 1, 5, 4))
        .initializer("b", ReferenceMlp.gaussian(3, 1, 4))
        .initializer("v", ReferenceMlp.gaussian(4, 1, 4, 2))
        .node("MatMul", "h", "x", "w")
        .node("Add", "s", "h", "b")
        .node("Relu", "r", "s")
        .node("MatMul", "y", "r", "v");
  }

  private static PluginModule plugin(String name, Map<String, Update> updates) {
    return PluginModule.of(PluginId.parse("a/" + name + ":1"), BASE, updates, Provenance.unknown());
  }

  private static Update lowRank(long seed, int in, int out) {
    return new LowRankUpdate(
        ReferenceMlp.gaussian(seed, 0.5, 2, in),
        ReferenceMlp.gaussian(seed + 1, 0.5, out, 2),
        0.7,
        Layout.IN_OUT);
  }

  private static List<PluginModule> plugins() {
    return List.of(
        plugin("p", Map.of("w", lowRank(5, 5, 4))),
        plugin(
            "q",
            Map.of(
                "w", lowRank(7, 5, 4),
                "v", lowRank(9, 4, 2),
                "b", new DenseUpdate(ReferenceMlp.gaussian(11, 0.5, 4)))));
  }

  private static MixtureParameters mixture(List<PluginModule> plugins, GateParameters gate) {
    return new MixtureParameters(
        plugins, List.of(), List.of(), gate, Pool.LINEAR, Collections.nCopies(plugins.size(), 1.0));
  }

  private static GateParameters prototypes(FeatureExtractor features, int width) {
    return new GateParameters.Prototypes(
        features,
        new Whitening(
            ReferenceMlp.gaussian(22, 0.5, width), ReferenceMlp.gaussian(23, 0.6, 3, width)),
        ReferenceMlp.gaussian(21, 1, 4, 3),
        List.of(0, 1, 0, 1),
        List.of(-0.5, -1.0),
        1,
        Tensor.of(Shape.of(2, 2), 1.0, 0.0, 0.0, 1.0));
  }

  private Path write(OnnxGraph graph) throws Exception {
    return graph.write(directory.resolve("model.onnx"));
  }

  private Path assertAgrees(Path model, MixtureParameters mixture, ModelInput batch)
      throws Exception {
    Path target = directory.resolve("mixture.onnx");
    OnnxMixture.of(model, BASE).write(mixture, target);
    ServedMixture served = ServedMixture.run(target, "x", batch);
    try (OnnxRuntime runtime = OnnxRuntime.open(model, BASE)) {
      List<ReferenceMixture.Answer> expected =
          new ReferenceMixture(runtime, mixture).answers(batch);
      for (int row = 0; row < batch.size(); row++) {
        for (int c = 0; c < served.probabilities(row).length; c++) {
          assertThat((double) served.probabilities(row)[c])
              .isCloseTo(expected.get(row).probabilities()[c], within(1e-5));
        }
      }
    }
    return target;
  }

  private void assertRefused(Path model, MixtureParameters mixture, String... parts) {
    Path target = directory.resolve("refused.onnx");
    assertThatThrownBy(() -> OnnxMixture.of(model, BASE).write(mixture, target))
        .isInstanceOfAny(IllegalArgumentException.class, IncompatiblePluginsException.class)
        .hasMessageContainingAll(parts);
    assertThat(target).doesNotExist();
  }

  @Test
  void operatorSetsOfManyYearsAgree() throws Exception {
    for (long opset : List.of(11L, 13L, 17L, 18L, 21L)) {
      Path model = write(twoLayers().opset(opset));
      assertAgrees(model, mixture(plugins(), prototypes(FeatureExtractor.penultimate(), 4)), BATCH);
    }
    assertRefused(write(twoLayers().opset(9)), mixture(plugins(), EQUAL), "set 11", "found 9");
  }

  @Test
  void nodesNeedNoNames() throws Exception {
    OnnxGraph graph = twoLayers();
    graph.proto().getNodeBuilderList().forEach(NodeProto.Builder::clearName);
    assertAgrees(write(graph), mixture(plugins(), EQUAL), BATCH);
  }

  @Test
  void namesOfTheOutputsAreFreedInTheBase() throws Exception {
    OnnxGraph graph =
        new OnnxGraph()
            .initializer("w", ReferenceMlp.gaussian(2, 1, 5, 4))
            .initializer("b", ReferenceMlp.gaussian(3, 1, 4))
            .initializer("v", ReferenceMlp.gaussian(4, 1, 4, 2))
            .node("MatMul", "shares", "x", "w")
            .node("Add", "abstained", "shares", "b")
            .node("Relu", "r", "abstained")
            .node("MatMul", "probabilities", "r", "v");
    graph.proto().setOutput(0, OnnxGraph.value("probabilities", TensorProto.DataType.FLOAT_VALUE));
    assertAgrees(
        write(graph), mixture(plugins(), prototypes(FeatureExtractor.baseOutput(), 2)), BATCH);
    OnnxGraph taken =
        new OnnxGraph()
            .initializer("shares", ReferenceMlp.gaussian(2, 1, 5, 4))
            .node("MatMul", "y", "x", "shares");
    PluginModule changing = plugin("p", Map.of("shares", lowRank(5, 5, 4)));
    GateParameters alone = new GateParameters.Static(List.of(1.0));
    assertRefused(write(taken), mixture(List.of(changing), alone), "shares", "initializer");
  }

  @Test
  void baseWeightsAreStoredOnceAndSilentPluginsNotAtAll() throws Exception {
    OnnxGraph graph =
        new OnnxGraph()
            .initializer("w", ReferenceMlp.gaussian(2, 1, 5, 2000))
            .initializer("v", ReferenceMlp.gaussian(4, 1, 2000, 2))
            .node("MatMul", "h", "x", "w")
            .node("Relu", "r", "h")
            .node("MatMul", "y", "r", "v");
    Path model = write(graph);
    List<PluginModule> eight = new ArrayList<>();
    for (int j = 0; j < 8; j++) {
      eight.add(plugin("p" + j, Map.of("v", lowRank(30 + j, 2000, 2))));
    }
    List<Double> weights = List.of(0.5, 0.0, 0.0, 0.25, 0.25, 0.0, 0.0, 0.0);
    Path few = assertAgrees(model, mixture(eight, new GateParameters.Static(weights)), BATCH);
    ModelProto stored = ModelProto.parseFrom(Files.readAllBytes(few));
    List<String> names =
        stored.getGraph().getInitializerList().stream().map(TensorProto::getName).toList();
    assertThat(names).containsOnlyOnce("w", "v").doesNotContain("medforge:plugin1:down:v");
    assertThat(names).contains("medforge:plugin0:down:v", "medforge:plugin4:up:v");
    long first =
        stored.getGraph().getNodeList().stream()
            .filter(n -> n.getInputList().contains("w"))
            .count();
    assertThat(first).isEqualTo(1);
    List<Double> all = Collections.nCopies(8, 0.125);
    Path full = assertAgrees(model, mixture(eight, new GateParameters.Static(all)), BATCH);
    long factors = 8L * Float.BYTES * (2 * 2000 + 2 * 2);
    assertThat(Files.size(full)).isLessThan(Files.size(model) + factors + 16_000);
  }

  @Test
  void imagesArePooledAsTheExtractorPools() throws Exception {
    OnnxGraph graph =
        new OnnxGraph()
            .input(2, 7, 5)
            .initializer("w", ReferenceMlp.gaussian(2, 0.3, 70, 4))
            .initializer("v", ReferenceMlp.gaussian(4, 1, 4, 2))
            .node("Flatten", "f", "x")
            .node("MatMul", "h", "f", "w")
            .node("Relu", "r", "h")
            .node("MatMul", "y", "r", "v");
    Path model = write(graph);
    List<PluginModule> plugins =
        List.of(
            plugin("p", Map.of("w", lowRank(5, 70, 4))),
            plugin("q", Map.of("v", lowRank(7, 4, 2))));
    ModelInput images = new ModelInput(ReferenceMlp.gaussian(40, 1, 6, 2, 7, 5));
    assertAgrees(model, mixture(plugins, prototypes(FeatureExtractor.pooledInput(3), 18)), images);
    assertAgrees(model, mixture(plugins, prototypes(FeatureExtractor.pooledInput(6), 60)), images);
  }

  @Test
  void whatCannotBeExportedIsRefusedBeforeAnythingIsWritten() throws Exception {
    Path model = write(twoLayers());
    FeatureExtractor own = (runtime, batch) -> runtime.features(batch);
    assertRefused(model, mixture(plugins(), prototypes(own, 4)), "another extractor");
    assertRefused(
        model,
        mixture(plugins(), new GateParameters.Confidence(1)),
        "stated label spaces",
        "confidence");
    PluginModule convolution =
        plugin(
            "conv",
            Map.of(
                "w",
                new LowRankUpdate(
                    ReferenceMlp.gaussian(3, 1, 2, 5, 1, 1),
                    ReferenceMlp.gaussian(3, 1, 4, 2, 1, 1),
                    1,
                    Layout.IN_OUT)));
    assertRefused(
        model, mixture(List.of(convolution, plugins().get(0)), EQUAL), "a/conv:1", "layer w");
    PluginModule unknown = plugin("other", Map.of("u", lowRank(5, 5, 4)));
    assertRefused(
        model, mixture(List.of(unknown, plugins().get(0)), EQUAL), "a/other:1", "layer u");
    OnnxFile file = OnnxFile.read(model);
    MixtureAssembly assembly =
        new MixtureAssembly(file, BASE, FeatureTensor.penultimate(file), mixture(plugins(), EQUAL));
    assertThatThrownBy(() -> assembly.bytes(500))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("at most 500 bytes", "model.onnx", "2 plugins");
    // Found by ONNX Runtime itself: features of another width than the gate was made for.
    GateParameters wide = prototypes(FeatureExtractor.penultimate(), 9);
    Path narrow = write(twoLayers().input(5));
    assertRefused(narrow, mixture(plugins(), wide), "ONNX Runtime can load", "model.onnx");
  }

  @Test
  void controlFlowBehindAChangeIsRefusedByName() throws Exception {
    GraphProto branch =
        GraphProto.newBuilder()
            .setName("branch")
            .addNode(NodeProto.newBuilder().setOpType("Relu").addInput("h").addOutput("inside"))
            .addOutput(OnnxGraph.value("inside", TensorProto.DataType.FLOAT_VALUE))
            .build();
    OnnxGraph graph =
        new OnnxGraph()
            .initializer("w", ReferenceMlp.gaussian(2, 1, 5, 4))
            .initializer("v", ReferenceMlp.gaussian(4, 1, 4, 2))
            .raw("always", TensorProto.DataType.BOOL_VALUE, new byte[] {1})
            .node("MatMul", "h", "x", "w");
    NodeProto.Builder choice =
        NodeProto.newBuilder().setOpType("If").setName("choice").addInput("always").addOutput("r");
    for (String name : List.of("then_branch", "else_branch")) {
      choice.addAttribute(
          AttributeProto.newBuilder()
              .setName(name)
              .setType(AttributeProto.AttributeType.GRAPH)
              .setG(branch));
    }
    graph.proto().addNode(choice);
    Path model = write(graph.node("MatMul", "y", "r", "v"));
    PluginModule before = plugin("before", Map.of("w", lowRank(5, 5, 4)));
    PluginModule behind = plugin("behind", Map.of("v", lowRank(7, 4, 2)));
    assertAgrees(model, mixture(List.of(behind), new GateParameters.Static(List.of(1.0))), BATCH);
    assertRefused(
        model, mixture(List.of(before, behind), EQUAL), "control flow", "choice", "a/before:1");
  }
}
