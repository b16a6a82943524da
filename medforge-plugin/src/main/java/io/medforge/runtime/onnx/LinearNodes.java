package io.medforge.runtime.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import io.medforge.plugin.LowRankUpdate.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** What a node says of itself: whether it is a linear layer, and what its subgraphs name. */
final class LinearNodes {
  private LinearNodes() {}

  /** How a linear layer reads its right operand, or empty if the node is none that we can hook. */
  static Optional<Layout> layout(NodeProto node) {
    if (!node.getDomain().isEmpty() && !node.getDomain().equals("ai.onnx")) {
      return Optional.empty();
    }
    if (node.getOpType().equals("MatMul")) {
      return Optional.of(Layout.IN_OUT);
    }
    if (!node.getOpType().equals("Gemm")) {
      return Optional.empty();
    }
    boolean transposed = false;
    for (AttributeProto attribute : node.getAttributeList()) {
      switch (attribute.getName()) {
        case "transB" -> transposed = attribute.getI() != 0;
        case "transA" -> {
          if (attribute.getI() != 0) {
            return Optional.empty();
          }
        }
        case "alpha" -> {
          if (attribute.getF() != 1f) {
            return Optional.empty();
          }
        }
        default -> {} // beta scales the bias only
      }
    }
    return Optional.of(transposed ? Layout.OUT_IN : Layout.IN_OUT);
  }

  /** All that a node reads, in its subgraphs too. */
  static SortedSet<String> reads(NodeProto node) {
    SortedSet<String> reads = namesInSubgraphs(node);
    reads.addAll(node.getInputList());
    return reads;
  }

  /** Everything that a node's subgraphs read or return, whether it is theirs or from outside. */
  static SortedSet<String> namesInSubgraphs(NodeProto node) {
    SortedSet<String> names = new TreeSet<>();
    for (GraphProto subgraph : subgraphs(node)) {
      for (NodeProto inner : subgraph.getNodeList()) {
        names.addAll(inner.getInputList());
        names.addAll(namesInSubgraphs(inner));
      }
      subgraph.getOutputList().forEach(output -> names.add(output.getName()));
    }
    return names;
  }

  private static List<GraphProto> subgraphs(NodeProto node) {
    List<GraphProto> subgraphs = new ArrayList<>();
    for (AttributeProto attribute : node.getAttributeList()) {
      subgraphs.addAll(attribute.getGraphsList());
      if (attribute.hasG()) {
        subgraphs.add(attribute.getG());
      }
    }
    return subgraphs;
  }
}
