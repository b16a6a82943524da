package io.medforge.runtime.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A parsed model: one floating-point input, one floating-point output, and its parameters.
 *
 * @param path where it comes from
 * @param model the file's content
 * @param input the one input that is no initializer
 * @param output the one output
 * @param parameters its floating-point initializers, by name
 */
record OnnxFile(
    Path path,
    ModelProto model,
    ValueInfoProto input,
    ValueInfoProto output,
    SortedMap<String, Tensor> parameters) {

  /** Reads and checks a file. */
  static OnnxFile read(Path path) {
    ModelProto model = parse(path);
    GraphProto graph = model.getGraph();
    if (graph.getNodeCount() == 0) {
      throw new IllegalArgumentException("expected an ONNX model, found no graph, at " + path);
    }
    if (graph.getSparseInitializerCount() > 0) {
      throw new IllegalArgumentException(
          "expected dense initializers, found sparse ones (not supported yet), at " + path);
    }
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    SortedSet<String> initializers = new TreeSet<>();
    for (TensorProto proto : graph.getInitializerList()) {
      if (!initializers.add(proto.getName())) {
        throw new IllegalArgumentException(
            "expected distinct initializers, found " + proto.getName() + " twice, at " + path);
      }
      Initializer.of(path.toString(), proto)
          .ifPresent(parameter -> parameters.put(proto.getName(), parameter));
    }
    List<ValueInfoProto> inputs = new ArrayList<>(graph.getInputList());
    inputs.removeIf(input -> initializers.contains(input.getName()));
    return new OnnxFile(
        path,
        model,
        single("input", inputs, path),
        single("output", graph.getOutputList(), path),
        Collections.unmodifiableSortedMap(parameters));
  }

  /** Reads and checks a file that must hold a base. */
  static OnnxFile read(Path path, BaseModel base) {
    OnnxFile file = read(path);
    Digest found = BaseModel.digestOf(file.parameters());
    if (!base.digest().orElse(found).equals(found)) {
      throw new IllegalArgumentException(
          "expected the parameters of base " + base + ", found " + found + ", at " + path);
    }
    return file;
  }

  /** The base, named as the file without {@code .onnx}, with the digest of its parameters. */
  BaseModel named() {
    String name = path.getFileName() == null ? path.toString() : path.getFileName().toString();
    String stem = name.endsWith(".onnx") ? name.substring(0, name.length() - 5) : name;
    return BaseModel.of(stem, BaseModel.digestOf(parameters));
  }

  private static ModelProto parse(Path path) {
    try {
      long size = Files.size(path);
      if (size > Integer.MAX_VALUE - 8) {
        throw new IllegalArgumentException(
            "expected a model of less than 2 GiB, found "
                + size
                + " bytes (not supported yet), at "
                + path);
      }
      return ModelProto.parseFrom(Files.readAllBytes(path));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(
          "expected an ONNX model, found no valid protocol buffer, at " + path, e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the model " + path, e);
    }
  }

  private static ValueInfoProto single(String kind, List<ValueInfoProto> values, Path path) {
    if (values.size() != 1) {
      throw new IllegalArgumentException(
          "expected one "
              + kind
              + ", found "
              + values.stream().map(ValueInfoProto::getName).toList()
              + ", at "
              + path);
    }
    TypeProto.Tensor type = values.get(0).getType().getTensorType();
    if (type.getElemType() != TensorProto.DataType.FLOAT_VALUE) {
      throw new IllegalArgumentException(
          "expected a float "
              + kind
              + ", found ONNX element type "
              + type.getElemType()
              + ", at "
              + path
              + ", "
              + kind
              + " "
              + values.get(0).getName());
    }
    return values.get(0);
  }
}
