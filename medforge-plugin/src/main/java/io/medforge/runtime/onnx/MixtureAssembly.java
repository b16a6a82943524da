package io.medforge.runtime.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.GateParameters;
import io.medforge.runtime.MixtureParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Builds the model of one mixture. Not thread-safe. */
final class MixtureAssembly {
  /** What a protocol buffer holds, less room for nodes and names. */
  static final long MAX_BYTES = Integer.MAX_VALUE - (64L << 20);

  private final OnnxFile file;
  private final BaseModel base;
  private final Optional<String> features;
  private final MixtureParameters mixture;
  private final JoinedLabels labels;
  private final GraphBody body;

  MixtureAssembly(
      OnnxFile file, BaseModel base, Optional<String> features, MixtureParameters mixture) {
    this.file = file;
    this.base = base;
    this.features = features;
    this.mixture = mixture;
    this.labels = JoinedLabels.of(mixture);
    this.body = new GraphBody(opset(file));
  }

  /** The model's bytes, or an exception that names what cannot be exported. */
  byte[] bytes(long maxBytes) {
    checkSize(maxBytes);
    BaseGraph own = BaseGraph.of(file);
    file.model().getGraph().getInitializerList().forEach(body::addInitializer);
    own.nodes().forEach(body::addNode);
    PluginAnswers answers = new PluginAnswers(body, answers(own));
    FeatureGraph phi =
        new FeatureGraph(
            body, file, features.map(own::renamed), own.renamed(file.output().getName()));
    GateGraph.Gated gated =
        new GateGraph(body, phi, answers, file.input().getName()).add(mixture.gate());
    String mixed = answers.pooled(mixture.pool(), gated.shares());
    SortedSet<String> outputs = new TreeSet<>();
    GraphProto.Builder graph = GraphProto.newBuilder().setName("medforge-mixture");
    graph.addInput(file.input());
    addOutputs(graph, own, gated, mixed);
    graph.getOutputList().forEach(output -> outputs.add(output.getName()));
    body.writeTo(graph, outputs);
    return model(graph.build()).toByteArray();
  }

  private static long opset(OnnxFile file) {
    for (OperatorSetIdProto imported : file.model().getOpsetImportList()) {
      if (imported.getDomain().isEmpty() || imported.getDomain().equals("ai.onnx")) {
        if (imported.getVersion() >= GraphBody.LEAST_OPSET) {
          return imported.getVersion();
        }
        throw new IllegalArgumentException(
            "expected operator set "
                + GraphBody.LEAST_OPSET
                + " or later for an exported mixture, found "
                + imported.getVersion()
                + ", at "
                + file.path());
      }
    }
    throw new IllegalArgumentException(
        "expected a model that states its operator set, found none, at " + file.path());
  }

  private void checkSize(long maxBytes) {
    HookedModel hooked = HookedModel.of(file, Optional.empty());
    SortedMap<String, Tensor> replaceable = new TreeMap<>(file.parameters());
    replaceable
        .keySet()
        .removeIf(name -> !hooked.hooks().getOrDefault(name, Hook.NONE).overridable());
    PluginAdapter fit = new PluginAdapter(base, hooked.hooks(), replaceable);
    long bytes = file.model().getSerializedSize() + GateSize.of(mixture.gate());
    for (PluginModule plugin : mixture.plugins()) {
      bytes += fit.check(plugin);
    }
    if (bytes > maxBytes) {
      throw new IllegalArgumentException(
          "expected a mixture of at most "
              + maxBytes
              + " bytes, which one file holds, found "
              + bytes
              + " (not supported in an exported mixture), at "
              + file.path()
              + " with "
              + mixture.plugins().size()
              + " plugins");
    }
  }

  private List<PluginAnswers.Answer> answers(BaseGraph own) {
    List<PluginAnswers.Answer> answers = new ArrayList<>();
    for (int j = 0; j < mixture.plugins().size(); j++) {
      boolean silent =
          mixture.gate() instanceof GateParameters.Static fixed && fixed.weights().get(j) == 0;
      String logits = own.renamed(file.output().getName());
      answers.add(
          new PluginAnswers.Answer(
              new PluginCopy(body, file, mixture.plugins().get(j), j).add(own.nodes(), logits),
              mixture.temperatures().get(j),
              labels.classesOf(j),
              labels.joinOf(j),
              silent));
    }
    return answers;
  }

  private void addOutputs(
      GraphProto.Builder graph, BaseGraph own, GateGraph.Gated gated, String mixed) {
    String answer = mixed;
    String shares = gated.shares();
    if (gated.abstained().isPresent()) {
      String prefix = Hook.prefix() + "base:";
      String far = gated.abstained().get();
      String logits =
          body.cast(
              own.renamed(file.output().getName()),
              TensorProto.DataType.DOUBLE_VALUE,
              prefix + "logits");
      String alone = body.node("Softmax", "axis", 1, prefix + "softmax", logits);
      answer = body.node("Where", prefix + "answer", far, alone, mixed);
      String none = body.node("Sub", prefix + "none", shares, shares);
      shares = body.node("Where", prefix + "shares", far, none, shares);
    }
    int plugins = mixture.plugins().size();
    body.cast(answer, TensorProto.DataType.FLOAT_VALUE, OnnxMixture.PROBABILITIES);
    body.cast(shares, TensorProto.DataType.FLOAT_VALUE, OnnxMixture.SHARES);
    int number = TensorProto.DataType.FLOAT_VALUE;
    graph.addOutput(output(OnnxMixture.PROBABILITIES, number, labels.classes()));
    graph.addOutput(output(OnnxMixture.SHARES, number, Optional.of(plugins)));
    gated
        .abstained()
        .ifPresent(
            far -> {
              body.node("Identity", OnnxMixture.ABSTAINED, far);
              int truth = TensorProto.DataType.BOOL_VALUE;
              graph.addOutput(output(OnnxMixture.ABSTAINED, truth, Optional.of(1)));
            });
  }

  private static ValueInfoProto output(String name, int type, Optional<Integer> width) {
    TensorShapeProto.Dimension.Builder columns = TensorShapeProto.Dimension.newBuilder();
    width.ifPresentOrElse(columns::setDimValue, () -> columns.setDimParam("classes"));
    TensorShapeProto.Builder shape =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("n"))
            .addDim(columns);
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape)))
        .build();
  }

  private ModelProto model(GraphProto graph) {
    ModelProto.Builder model =
        file.model().toBuilder()
            .setGraph(graph)
            .setProducerName("medforge")
            .clearProducerVersion()
            .clearDocString()
            .clearMetadataProps()
            .setIrVersion(Math.max(file.model().getIrVersion(), HookedModel.LEAST_IR_VERSION));
    SortedMap<String, String> metadata = new TreeMap<>();
    metadata.put("medforge.base", base.toString());
    metadata.put("medforge.gate", mixture.gate().digest().toString());
    metadata.put("medforge.pool", mixture.pool().name());
    for (int j = 0; j < mixture.plugins().size(); j++) {
      PluginModule plugin = mixture.plugins().get(j);
      metadata.put("medforge.share." + j, plugin.id() + " " + plugin.digest());
    }
    labels.space().ifPresent(space -> addLabels(metadata, space));
    metadata.forEach(
        (key, value) ->
            model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return model.build();
  }

  private static void addLabels(Map<String, String> metadata, LabelSpace space) {
    metadata.put("medforge.labels", space.name());
    for (int label = 0; label < space.size(); label++) {
      metadata.put("medforge.class." + label, space.classes().get(label));
    }
  }
}
