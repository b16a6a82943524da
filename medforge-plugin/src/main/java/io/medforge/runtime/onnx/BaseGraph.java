package io.medforge.runtime.onnx;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A base's nodes with the names of an exported mixture's outputs free: a tensor of such a name is
 * called otherwise.
 *
 * @param nodes in the order of the file
 */
record BaseGraph(List<NodeProto> nodes) {
  private static final Set<String> TAKEN =
      Set.of(OnnxMixture.PROBABILITIES, OnnxMixture.SHARES, OnnxMixture.ABSTAINED);

  static BaseGraph of(OnnxFile file) {
    List<NodeProto> nodes = new ArrayList<>();
    for (NodeProto node : file.model().getGraph().getNodeList()) {
      for (String name : LinearNodes.namesInSubgraphs(node)) {
        checkFree(file, "subgraph of " + node.getName(), name);
      }
      nodes.add(renamed(node));
    }
    checkFree(file, "input", file.input().getName());
    for (TensorProto initializer : file.model().getGraph().getInitializerList()) {
      checkFree(file, "initializer", initializer.getName());
    }
    return new BaseGraph(List.copyOf(nodes));
  }

  /** What a tensor of the base is called here. */
  String renamed(String name) {
    return rename(name);
  }

  private static String rename(String name) {
    return TAKEN.contains(name) ? Hook.prefix() + "base:" + name : name;
  }

  private static NodeProto renamed(NodeProto node) {
    NodeProto.Builder copy = node.toBuilder().setName(rename(node.getName()));
    for (int i = 0; i < node.getInputCount(); i++) {
      copy.setInput(i, rename(node.getInput(i)));
    }
    for (int i = 0; i < node.getOutputCount(); i++) {
      copy.setOutput(i, rename(node.getOutput(i)));
    }
    return copy.build();
  }

  private static void checkFree(OnnxFile file, String kind, String name) {
    if (TAKEN.contains(name)) {
      throw new IllegalArgumentException(
          "expected no name of an exported mixture's outputs, "
              + List.of(OnnxMixture.PROBABILITIES, OnnxMixture.SHARES, OnnxMixture.ABSTAINED)
              + ", found "
              + name
              + ", at "
              + file.path()
              + ", "
              + kind);
    }
  }
}
