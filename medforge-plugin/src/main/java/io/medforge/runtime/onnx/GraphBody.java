package io.medforge.runtime.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import io.medforge.plugin.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Nodes and initializers of a graph under construction, and what of them an output needs. Every
 * method that computes something returns the name of its result. Not thread-safe.
 */
final class GraphBody {
  /** The first in which all that is used here exists, with one meaning up to today's. */
  static final long LEAST_OPSET = 11;

  /** From here on, axes to reduce over are an input. */
  private static final long AXES_AS_INPUT = 18;

  private final long opset;
  private final List<NodeProto> nodes = new ArrayList<>();
  private final SortedMap<String, TensorProto> initializers = new TreeMap<>();

  GraphBody(long opset) {
    this.opset = opset;
  }

  void addInitializer(TensorProto initializer) {
    if (initializers.put(initializer.getName(), initializer) != null) {
      throw new IllegalStateException("expected distinct names, found " + initializer.getName());
    }
  }

  void addNode(NodeProto node) {
    nodes.add(node);
  }

  /** A node of one output, which it is named after. */
  String node(String type, String output, String... inputs) {
    nodes.add(node(type, output, List.of(inputs)).build());
    return output;
  }

  /** A node with one integer attribute. */
  String node(String type, String attribute, long value, String output, String... inputs) {
    nodes.add(
        node(type, output, List.of(inputs))
            .addAttribute(
                AttributeProto.newBuilder()
                    .setName(attribute)
                    .setType(AttributeProto.AttributeType.INT)
                    .setI(value))
            .build());
    return output;
  }

  String cast(String value, int type, String output) {
    return node("Cast", "to", type, output, value);
  }

  /** The least of each row, {@code [n, 1]}. */
  String rowMinimum(String matrix, String output) {
    if (opset >= AXES_AS_INPUT) {
      return node("ReduceMin", output, matrix, integers(output + ":axes", 1));
    }
    nodes.add(
        node("ReduceMin", output, List.of(matrix))
            .addAttribute(
                AttributeProto.newBuilder()
                    .setName("axes")
                    .setType(AttributeProto.AttributeType.INTS)
                    .addInts(1))
            .build());
    return output;
  }

  /** The sum of each row, {@code [n, 1]}, of a matrix so many columns wide. */
  String rowSum(String matrix, int columns, String output) {
    double[] ones = new double[columns];
    Arrays.fill(ones, 1);
    return node("MatMul", output, matrix, doubles(output + ":ones", ones, columns, 1));
  }

  /** The values and places of each row's k largest; of equals the first. */
  List<String> largest(String matrix, int k, String output) {
    String places = output + ":places";
    nodes.add(
        node("TopK", output, List.of(matrix, integers(output + ":k", k)))
            .addOutput(places)
            .addAttribute(
                AttributeProto.newBuilder()
                    .setName("axis")
                    .setType(AttributeProto.AttributeType.INT)
                    .setI(1))
            .build());
    return List.of(output, places);
  }

  /** A tensor with one of its axes and the last in each other's place. */
  String swapped(String tensor, int axes, int axis, String output) {
    AttributeProto.Builder order =
        AttributeProto.newBuilder().setName("perm").setType(AttributeProto.AttributeType.INTS);
    for (int i = 0; i < axes; i++) {
      order.addInts(i == axis ? axes - 1 : i == axes - 1 ? axis : i);
    }
    nodes.add(node("Transpose", output, List.of(tensor)).addAttribute(order).build());
    return output;
  }

  /** A constant in double. */
  String doubles(String name, double[] values, long... dimensions) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Double.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values);
    return constant(name, TensorProto.DataType.DOUBLE_VALUE, bytes.array(), dimensions);
  }

  /** One number, {@code [1]}. */
  String number(String name, double value) {
    return doubles(name, new double[] {value}, 1);
  }

  /** A constant of integers, {@code [length]}. */
  String integers(String name, long... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Long.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return constant(name, TensorProto.DataType.INT64_VALUE, bytes.array(), values.length);
  }

  /** A constant in F32, from its little-endian bytes. */
  String floats(String name, byte[] littleEndian, Shape shape) {
    return constant(name, TensorProto.DataType.FLOAT_VALUE, littleEndian, shape.toArray());
  }

  private String constant(String name, int type, byte[] littleEndian, long... dimensions) {
    TensorProto.Builder proto =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type)
            .setRawData(ByteString.copyFrom(littleEndian));
    for (long dimension : dimensions) {
      proto.addDims(dimension);
    }
    addInitializer(proto.build());
    return name;
  }

  /** Adds to a graph what some outputs need, in order, and nothing else. */
  void writeTo(GraphProto.Builder graph, Collection<String> outputs) {
    SortedSet<String> needed = new TreeSet<>(outputs);
    List<NodeProto> kept = new ArrayList<>();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      NodeProto node = nodes.get(i);
      if (node.getOutputList().stream().anyMatch(name -> needed.contains(name))) {
        needed.addAll(LinearNodes.reads(node));
        kept.add(node);
      }
    }
    Collections.reverse(kept);
    graph.addAllNode(kept);
    initializers.forEach(
        (name, initializer) -> {
          if (needed.contains(name)) {
            graph.addInitializer(initializer);
          }
        });
  }

  private static NodeProto.Builder node(String type, String output, List<String> inputs) {
    return NodeProto.newBuilder()
        .setOpType(type)
        .setName(output)
        .addAllInput(inputs)
        .addOutput(output);
  }
}
