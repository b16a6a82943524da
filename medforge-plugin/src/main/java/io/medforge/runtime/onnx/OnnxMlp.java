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
import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/** Writes a multi-layer perceptron as an ONNX model that any ONNX Runtime runs. */
public final class OnnxMlp {
  /**
   * The last that ONNX Runtime 1.12 (2022) reads, so that old installations can serve the model.
   */
  private static final long OPSET = 17;

  private static final long IR_VERSION = 8;
  private static final String INPUT = "input";
  private static final String OUTPUT = "logits";

  private OnnxMlp() {}

  /**
   * Writes linear layers ({@code Gemm}) with a ReLU between each two: input {@code input} {@code
   * [n, k]}, output {@code logits} {@code [n, classes]}, initializers named as the parameters. The
   * same parameters give the same bytes. The file appears whole or not at all.
   *
   * @param layers the layers' names, input first; layer {@code fc1} has the parameters {@code
   *     fc1.weight} {@code [d, k]} and, if present, {@code fc1.bias} {@code [d]}
   * @param parameters the layers' parameters in F32, and no others
   * @param file where to write; replaced if it exists
   * @throws IllegalArgumentException if a layer lacks its weight, shapes do not fit each other, a
   *     parameter belongs to no layer or is not in F32, or the model would exceed 2 GiB; the
   *     message names it
   * @throws UncheckedIOException if the file cannot be written; what was there remains
   */
  public static void write(List<String> layers, SortedMap<String, Tensor> parameters, Path file) {
    ModelFile.replace(file, model(layers, parameters).toByteArray());
  }

  private static ModelProto model(List<String> layers, SortedMap<String, Tensor> parameters) {
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("expected at least one layer, found none");
    }
    checkParameters(layers, parameters);
    GraphProto.Builder graph = GraphProto.newBuilder().setName("mlp");
    long in = parameter(parameters, layers.get(0) + ".weight", 2).shape().dimension(1);
    graph.addInput(value(INPUT, in));
    String hidden = INPUT;
    long width = in;
    for (int i = 0; i < layers.size(); i++) {
      boolean last = i == layers.size() - 1;
      String output = last ? OUTPUT : layers.get(i) + ".output";
      width = addLayer(graph, layers.get(i), parameters, hidden, width, output);
      hidden = output;
      if (!last) {
        hidden = layers.get(i) + ".relu";
        graph.addNode(
            NodeProto.newBuilder()
                .setOpType("Relu")
                .setName(hidden)
                .addInput(output)
                .addOutput(hidden));
      }
    }
    graph.addOutput(value(OUTPUT, width));
    parameters.forEach((name, tensor) -> graph.addInitializer(initializer(name, tensor)));
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("medforge")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
        .setGraph(graph)
        .build();
  }

  /** Adds a Gemm; returns its number of outputs. */
  private static long addLayer(
      GraphProto.Builder graph,
      String layer,
      SortedMap<String, Tensor> parameters,
      String input,
      long in,
      String output) {
    Shape weight = parameter(parameters, layer + ".weight", 2).shape();
    if (weight.dimension(1) != in) {
      throw new IllegalArgumentException(
          "expected a weight of " + in + " inputs, found " + weight + ", at layer " + layer);
    }
    NodeProto.Builder gemm =
        NodeProto.newBuilder()
            .setOpType("Gemm")
            .setName(layer)
            .addInput(input)
            .addInput(layer + ".weight")
            .addOutput(output)
            .addAttribute(
                AttributeProto.newBuilder()
                    .setName("transB")
                    .setType(AttributeProto.AttributeType.INT)
                    .setI(1));
    if (parameters.containsKey(layer + ".bias")) {
      Shape bias = parameter(parameters, layer + ".bias", 1).shape();
      if (bias.dimension(0) != weight.dimension(0)) {
        throw new IllegalArgumentException(
            "expected a bias for weight " + weight + ", found " + bias + ", at layer " + layer);
      }
      gemm.addInput(layer + ".bias");
    }
    graph.addNode(gemm);
    return weight.dimension(0);
  }

  private static void checkParameters(List<String> layers, SortedMap<String, Tensor> parameters) {
    SortedSet<String> known = new TreeSet<>();
    for (String layer : layers) {
      if (!known.add(layer + ".weight")) {
        throw new IllegalArgumentException("expected distinct layers, found " + layer + " twice");
      }
      known.add(layer + ".bias");
    }
    long bytes = 0;
    for (String name : parameters.keySet()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "expected parameters of layers " + layers + ", found " + name);
      }
      Tensor tensor = parameters.getOrDefault(name, Tensor.of(Shape.of(0), new float[0]));
      if (tensor.dtype() != DType.F32) {
        throw new IllegalArgumentException(
            "expected F32, found " + tensor.dtype() + ", at parameter " + name);
      }
      bytes += tensor.dtype().byteSize(tensor.shape());
    }
    if (bytes > Integer.MAX_VALUE - (1L << 20)) {
      throw new IllegalArgumentException(
          "expected a model of less than 2 GiB, found parameters of " + bytes + " bytes");
    }
  }

  private static Tensor parameter(
      SortedMap<String, Tensor> parameters, String name, int dimensions) {
    Tensor tensor = parameters.get(name);
    if (tensor == null || tensor.shape().dimensions() != dimensions) {
      throw new IllegalArgumentException(
          "expected a parameter of "
              + dimensions
              + " dimensions, found "
              + (tensor == null ? "none" : tensor.shape())
              + ", at parameter "
              + name);
    }
    return tensor;
  }

  private static ValueInfoProto value(String name, long width) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT_VALUE)
                        .setShape(
                            TensorShapeProto.newBuilder()
                                .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("n"))
                                .addDim(
                                    TensorShapeProto.Dimension.newBuilder().setDimValue(width)))))
        .build();
  }

  private static TensorProto initializer(String name, Tensor tensor) {
    byte[] bytes = new byte[Math.toIntExact(tensor.dtype().byteSize(tensor.shape()))];
    tensor.readBytes(0, bytes, 0, bytes.length);
    TensorProto.Builder proto =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.FLOAT_VALUE)
            .setRawData(ByteString.copyFrom(bytes));
    for (long dimension : tensor.shape().toArray()) {
      proto.addDims(dimension);
    }
    return proto.build();
  }
}
