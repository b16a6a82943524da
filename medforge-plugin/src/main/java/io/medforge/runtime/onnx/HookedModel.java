package io.medforge.runtime.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate.Layout;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** A model into which plugins can be fed. */
final class HookedModel {
  /*
   * y = x W becomes y = x W + (x P) Q, where P [k, r] and Q [r, d] are initializers of rank 0 that
   * are graph inputs too: ONNX lets such an initializer be overridden, and ONNX Runtime overrides it
   * from a LoRA adapter given to a run. x P of rank 0 has no columns, so the branch adds zeros. The
   * name y stays with the sum, so nothing behind it changes.
   *
   * Why adapters and not required inputs: with inputs, every run would have to carry every
   * parameter that any plugin may change, the whole base included, or a tensor of rank 0 for each
   * weight; an adapter carries only what its plugin changes, and the plain run stays plain.
   *
   * The first dimension of vectors and matrices is declared symbolic, and so is the model's output:
   * the head of another label space has another number of outputs. Declared shapes of intermediate
   * values are dropped for the same reason; ONNX Runtime infers them.
   *
   * A weight gets a branch only if every use of it is one that this can reproduce: right operand of
   * MatMul, or of Gemm with alpha = 1 and transA = 0, always in one layout, never in a subgraph.
   */

  /** The output that holds the features, where the model has some. */
  static final String FEATURES = Hook.prefix() + "features";

  /** Before it, every initializer was an input and none of them could be overridden. */
  static final long LEAST_IR_VERSION = 4;

  private final OnnxFile file;
  private final SortedMap<String, Hook> hooks = new TreeMap<>();
  private final GraphProto.Builder graph;

  private HookedModel(OnnxFile file) {
    this.file = file;
    this.graph = file.model().getGraph().toBuilder();
  }

  /** Hooks a file; {@code features} is the tensor to offer as features, if any. */
  static HookedModel of(OnnxFile file, Optional<String> features) {
    HookedModel model = new HookedModel(file);
    model.checkNames();
    model.findHooks();
    model.declareInputs();
    model.insertBranches();
    model.graph.clearValueInfo().setOutput(0, withoutShape(file.output()));
    model.addFeatures(features);
    return model;
  }

  /** The rewritten model's bytes. */
  byte[] bytes() {
    long irVersion = Math.max(file.model().getIrVersion(), LEAST_IR_VERSION);
    return file.model().toBuilder().setIrVersion(irVersion).setGraph(graph).build().toByteArray();
  }

  /** By parameter; unmodifiable. */
  SortedMap<String, Hook> hooks() {
    return Collections.unmodifiableSortedMap(hooks);
  }

  /** A second output, which costs a copy only in runs that ask for it. */
  private void addFeatures(Optional<String> features) {
    features.ifPresent(
        tensor -> {
          graph.addNode(
              NodeProto.newBuilder()
                  .setOpType("Identity")
                  .setName(FEATURES)
                  .addInput(tensor)
                  .addOutput(FEATURES));
          graph.addOutput(ValueInfoProto.newBuilder().setName(FEATURES));
        });
  }

  private void checkNames() {
    for (NodeProto node : graph.getNodeList()) {
      for (String name : node.getOutputList()) {
        if (name.startsWith(Hook.prefix())) {
          throw new IllegalArgumentException(
              "expected no name beginning with "
                  + Hook.prefix()
                  + ", found "
                  + name
                  + ", at "
                  + file.path());
        }
      }
    }
  }

  private void findHooks() {
    Set<String> subgraphNames = new HashSet<>();
    for (NodeProto node : graph.getNodeList()) {
      subgraphNames.addAll(LinearNodes.namesInSubgraphs(node));
    }
    SortedMap<String, SortedSet<Layout>> layouts = new TreeMap<>();
    SortedSet<String> otherwise = new TreeSet<>(subgraphNames);
    for (NodeProto node : graph.getNodeList()) {
      for (int i = 0; i < node.getInputCount(); i++) {
        String name = node.getInput(i);
        Optional<Layout> layout = i == 1 ? LinearNodes.layout(node) : Optional.empty();
        if (layout.isPresent()) {
          layouts.computeIfAbsent(name, n -> new TreeSet<>()).add(layout.get());
        } else {
          otherwise.add(name);
        }
      }
    }
    otherwise.add(file.output().getName());
    file.parameters()
        .forEach((name, tensor) -> hooks.put(name, hook(name, tensor, layouts, otherwise)));
  }

  private static Hook hook(
      String name,
      Tensor tensor,
      SortedMap<String, SortedSet<Layout>> layouts,
      SortedSet<String> otherwise) {
    Shape shape = tensor.shape();
    SortedSet<Layout> found = layouts.getOrDefault(name, Collections.emptySortedSet());
    boolean overridable = tensor.dtype() == DType.F32 && shape.dimensions() > 0;
    boolean linear =
        overridable && shape.dimensions() == 2 && found.size() == 1 && !otherwise.contains(name);
    return new Hook(shape, overridable, linear ? Optional.of(found.first()) : Optional.empty());
  }

  private void declareInputs() {
    List<ValueInfoProto> inputs = new ArrayList<>();
    inputs.add(file.input());
    for (ValueInfoProto declared : graph.getInputList()) {
      Hook hook = hooks.get(declared.getName());
      boolean other = !declared.getName().equals(file.input().getName());
      if (other && (hook == null || !hook.overridable())) {
        inputs.add(declared);
      }
    }
    hooks.forEach(
        (name, hook) -> {
          if (hook.overridable()) {
            inputs.add(declared(name, hook.shape(), hook.shape().dimensions() <= 2));
          }
          if (hook.layout().isPresent()) {
            addFactor(inputs, Hook.down(name), Shape.of(hook.in(), 0));
            addFactor(inputs, Hook.up(name), Shape.of(0, hook.out()));
          }
        });
    graph.clearInput().addAllInput(inputs);
  }

  private void addFactor(List<ValueInfoProto> inputs, String name, Shape empty) {
    TensorProto.Builder initializer =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.FLOAT_VALUE)
            .setRawData(ByteString.EMPTY);
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (int i = 0; i < 2; i++) {
      initializer.addDims(empty.dimension(i));
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(name + ":" + i).build());
    }
    graph.addInitializer(initializer);
    inputs.add(info(name, shape.build()));
  }

  private static ValueInfoProto declared(String name, Shape shape, boolean resizable) {
    TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
    for (int i = 0; i < shape.dimensions(); i++) {
      TensorShapeProto.Dimension.Builder dimension = TensorShapeProto.Dimension.newBuilder();
      if (i == 0 && resizable) {
        dimension.setDimParam(Hook.prefix() + name);
      } else {
        dimension.setDimValue(shape.dimension(i));
      }
      dimensions.addDim(dimension);
    }
    return info(name, dimensions.build());
  }

  private static ValueInfoProto info(String name, TensorShapeProto shape) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT_VALUE)
                        .setShape(shape)))
        .build();
  }

  private static ValueInfoProto withoutShape(ValueInfoProto value) {
    ValueInfoProto.Builder builder = value.toBuilder();
    builder.getTypeBuilder().getTensorTypeBuilder().clearShape();
    return builder.build();
  }

  private void insertBranches() {
    List<NodeProto> nodes = new ArrayList<>();
    for (NodeProto node : graph.getNodeList()) {
      Hook hook = node.getInputCount() > 1 ? hooks.get(node.getInput(1)) : null;
      if (hook == null || hook.layout().isEmpty()) {
        nodes.add(node);
      } else {
        addWithBranch(nodes, node);
      }
    }
    graph.clearNode().addAllNode(nodes);
  }

  private static void addWithBranch(List<NodeProto> nodes, NodeProto node) {
    String weight = node.getInput(1);
    String output = node.getOutput(0);
    String plain = Hook.prefix() + "plain:" + output;
    String narrow = Hook.prefix() + "narrow:" + output;
    String branch = Hook.prefix() + "branch:" + output;
    nodes.add(node.toBuilder().setOutput(0, plain).build());
    nodes.add(node("MatMul", narrow, node.getInput(0), Hook.down(weight)));
    nodes.add(node("MatMul", branch, narrow, Hook.up(weight)));
    nodes.add(node("Add", output, plain, branch));
  }

  private static NodeProto node(String type, String output, String left, String right) {
    return NodeProto.newBuilder()
        .setOpType(type)
        .setName(output.startsWith(Hook.prefix()) ? output : Hook.prefix() + "sum:" + output)
        .addInput(left)
        .addInput(right)
        .addOutput(output)
        .build();
  }
}
