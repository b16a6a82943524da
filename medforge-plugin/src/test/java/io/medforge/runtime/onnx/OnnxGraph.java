package io.medforge.runtime.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Builds models by hand: input {@code x}, output {@code y}. */
final class OnnxGraph {
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
  private long irVersion = 8;
  private long opset = 17;

  OnnxGraph() {
    graph.addInput(value("x", TensorProto.DataType.FLOAT_VALUE));
    graph.addOutput(value("y", TensorProto.DataType.FLOAT_VALUE));
  }

  GraphProto.Builder proto() {
    return graph;
  }

  OnnxGraph opset(long version) {
    opset = version;
    return this;
  }

  /** Another input than {@code [n, any]}: {@code [n, dimensions...]}. */
  OnnxGraph input(long... dimensions) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("n"));
    for (long dimension : dimensions) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dimension));
    }
    graph.getInputBuilder(0).getTypeBuilder().getTensorTypeBuilder().setShape(shape);
    return this;
  }

  /** As files before IR version 4, which list every initializer as an input. */
  OnnxGraph withInitializersAsInputs() {
    irVersion = 3;
    graph
        .getInitializerList()
        .forEach(
            initializer -> graph.addInput(value(initializer.getName(), initializer.getDataType())));
    return this;
  }

  OnnxGraph node(String type, String output, String... inputs) {
    graph.addNode(nodeOf(type, output, inputs));
    return this;
  }

  OnnxGraph gemm(String output, String attribute, double value, String... inputs) {
    AttributeProto.Builder proto = AttributeProto.newBuilder().setName(attribute);
    if (attribute.equals("alpha")) {
      proto.setType(AttributeProto.AttributeType.FLOAT).setF((float) value);
    } else {
      proto.setType(AttributeProto.AttributeType.INT).setI((long) value);
    }
    graph.addNode(nodeOf("Gemm", output, inputs).addAttribute(proto));
    return this;
  }

  OnnxGraph initializer(String name, Tensor tensor) {
    TensorProto.Builder proto =
        TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE);
    for (long dimension : tensor.shape().toArray()) {
      proto.addDims(dimension);
    }
    for (float value : tensor.toFloats()) {
      proto.addFloatData(value);
    }
    graph.addInitializer(proto);
    return this;
  }

  OnnxGraph integers(String name, long... values) {
    TensorProto.Builder proto =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.INT64_VALUE)
            .addDims(values.length);
    for (long value : values) {
      proto.addInt64Data(value);
    }
    graph.addInitializer(proto);
    return this;
  }

  OnnxGraph raw(String name, int type, byte[] bytes, long... dimensions) {
    TensorProto.Builder proto =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type)
            .setRawData(ByteString.copyFrom(bytes));
    for (long dimension : dimensions) {
      proto.addDims(dimension);
    }
    graph.addInitializer(proto);
    return this;
  }

  Path write(Path file) throws IOException {
    ModelProto model =
        ModelProto.newBuilder()
            .setIrVersion(irVersion)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
            .setGraph(graph)
            .build();
    return Files.write(file, model.toByteArray());
  }

  static ValueInfoProto value(String name, int type) {
    TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder().setElemType(type);
    if (name.equals("x") || name.equals("y")) {
      tensor.setShape(
          TensorShapeProto.newBuilder()
              .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("n"))
              .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(name + "w")));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }

  private static NodeProto.Builder nodeOf(String type, String output, String... inputs) {
    NodeProto.Builder node =
        NodeProto.newBuilder().setOpType(type).setName(output).addOutput(output);
    for (String input : inputs) {
      node.addInput(input);
    }
    return node;
  }
}
