package io.medforge.runtime.onnx;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Which tensor of a model holds the features of its inputs. */
final class FeatureTensor {
  private FeatureTensor() {}

  /**
   * The input of the last linear layer before the output: of the last {@code Gemm} or {@code
   * MatMul} that the output depends on and that depends on the model's input. Empty if there is
   * none, or if its right operand depends on the input too, so that it is no layer.
   */
  static Optional<String> penultimate(OnnxFile file) {
    List<NodeProto> nodes = file.model().getGraph().getNodeList();
    SortedSet<String> fromInput = dependents(nodes, file.input().getName());
    SortedSet<String> toOutput = new TreeSet<>();
    toOutput.add(file.output().getName());
    for (int i = nodes.size() - 1; i >= 0; i--) {
      NodeProto node = nodes.get(i);
      if (node.getOutputList().stream().noneMatch(name -> toOutput.contains(name))) {
        continue;
      }
      boolean product = node.getOpType().equals("MatMul") || node.getOpType().equals("Gemm");
      if (product && node.getInputList().stream().anyMatch(name -> fromInput.contains(name))) {
        boolean linear =
            LinearNodes.layout(node).isPresent() && !fromInput.contains(node.getInput(1));
        return linear ? Optional.of(node.getInput(0)) : Optional.empty();
      }
      toOutput.addAll(LinearNodes.reads(node));
    }
    return Optional.empty();
  }

  private static SortedSet<String> dependents(List<NodeProto> nodes, String input) {
    SortedSet<String> dependents = new TreeSet<>();
    dependents.add(input);
    for (NodeProto node : nodes) {
      if (LinearNodes.reads(node).stream().anyMatch(name -> dependents.contains(name))) {
        dependents.addAll(node.getOutputList());
      }
    }
    return dependents;
  }

  /** A tensor that the caller names: the model's input, or what a node of the graph computes. */
  static String named(OnnxFile file, String tensor) {
    boolean known =
        file.input().getName().equals(tensor)
            || file.model().getGraph().getNodeList().stream()
                .anyMatch(node -> node.getOutputList().contains(tensor));
    if (!known || tensor.isEmpty()) {
      throw new IllegalArgumentException(
          "expected a tensor that the graph computes, found none named "
              + tensor
              + ", at "
              + file.path());
    }
    return tensor;
  }
}
