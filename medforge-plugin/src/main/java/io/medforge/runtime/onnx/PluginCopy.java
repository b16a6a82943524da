package io.medforge.runtime.onnx;

import ai.onnx.proto.OnnxMl.NodeProto;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Adds one plugin's way through the base's graph: only the nodes whose results the plugin changes
 * are copied, and they share the base's weights. A low-rank update stays two factors beside the
 * weight, {@code x W + (x A^T) (s B)^T}; where nothing before it was changed, even {@code x W} is
 * the base's own. Not thread-safe.
 */
final class PluginCopy {
  private final GraphBody body;
  private final OnnxFile file;
  private final PluginModule plugin;
  private final String prefix;
  private final SortedMap<String, LowRankUpdate> factors = new TreeMap<>();

  /** What the plugin changes, by the base's name for it; the value is the plugin's name. */
  private final SortedMap<String, String> changed = new TreeMap<>();

  /** A copy for a plugin that was checked, see {@link PluginAdapter#check}. */
  PluginCopy(GraphBody body, OnnxFile file, PluginModule plugin, int index) {
    this.body = body;
    this.file = file;
    this.plugin = plugin;
    this.prefix = Hook.prefix() + "plugin" + index + ":";
  }

  /** Adds the plugin's nodes and values; returns the name of what is a base's tensor for it. */
  String add(List<NodeProto> nodes, String wanted) {
    plugin.updates().forEach(this::addValues);
    for (NodeProto node : nodes) {
      SortedSet<String> reads = LinearNodes.reads(node);
      if (reads.stream().anyMatch(name -> changed.containsKey(name) || factors.containsKey(name))) {
        copy(node);
      }
    }
    return changed.getOrDefault(wanted, wanted);
  }

  private void addValues(String layer, Update update) {
    if (update instanceof LowRankUpdate lowRank) {
      int r = Math.toIntExact(lowRank.rank());
      int out = Math.toIntExact(lowRank.out());
      factors.put(layer, lowRank);
      floats(
          down(layer),
          Shape.of(lowRank.in(), r),
          into -> FactorBytes.putTransposed(into, lowRank.a(), r, 1.0));
      floats(
          up(layer),
          Shape.of(r, out),
          into -> FactorBytes.putTransposed(into, lowRank.b(), out, lowRank.scaling()));
    } else if (update instanceof DenseUpdate dense) {
      changed.put(layer, prefix + layer);
      Tensor base = parameter(layer);
      floats(prefix + layer, base.shape(), into -> FactorBytes.putSum(into, base, dense.delta()));
    } else if (update instanceof Replacement replacement) {
      changed.put(layer, prefix + layer);
      Tensor tensor = replacement.tensor();
      floats(prefix + layer, tensor.shape(), into -> FactorBytes.put(into, tensor));
    }
  }

  private void floats(String name, Shape shape, Consumer<ByteBuffer> values) {
    byte[] bytes = new byte[Math.toIntExact(Math.multiplyExact(shape.elements(), Float.BYTES))];
    values.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    body.floats(name, bytes, shape);
  }

  private void copy(NodeProto node) {
    checkNoSubgraphs(node);
    LowRankUpdate update = node.getInputCount() > 1 ? factors.get(node.getInput(1)) : null;
    if (update == null) {
      body.addNode(renamed(node).build());
    } else {
      copyWithBranch(node);
    }
    for (String output : node.getOutputList()) {
      if (!output.isEmpty()) { // an optional output that is not asked for
        changed.put(output, prefix + output);
      }
    }
  }

  private void copyWithBranch(NodeProto node) {
    String weight = node.getInput(1);
    String output = node.getOutput(0);
    String plain = output;
    if (node.getInputList().stream().anyMatch(name -> changed.containsKey(name))) {
      plain = prefix + "plain:" + output;
      body.addNode(renamed(node).setOutput(0, plain).setName(plain).build());
    }
    String input = changed.getOrDefault(node.getInput(0), node.getInput(0));
    String narrow = body.node("MatMul", prefix + "narrow:" + output, input, down(weight));
    String branch = body.node("MatMul", prefix + "branch:" + output, narrow, up(weight));
    body.node("Add", prefix + output, plain, branch);
  }

  private NodeProto.Builder renamed(NodeProto node) {
    NodeProto.Builder copy = node.toBuilder();
    if (!node.getName().isEmpty()) { // names are optional, but not twice the same
      copy.setName(prefix + node.getName());
    }
    for (int i = 0; i < node.getInputCount(); i++) {
      copy.setInput(i, changed.getOrDefault(node.getInput(i), node.getInput(i)));
    }
    for (int i = 0; i < node.getOutputCount(); i++) {
      if (!node.getOutput(i).isEmpty()) {
        copy.setOutput(i, prefix + node.getOutput(i));
      }
    }
    return copy;
  }

  private void checkNoSubgraphs(NodeProto node) {
    if (!LinearNodes.namesInSubgraphs(node).isEmpty()) {
      throw new IllegalArgumentException(
          "expected no control flow behind a layer that a plugin changes (not supported in an"
              + " exported mixture), found "
              + node.getOpType()
              + " "
              + node.getName()
              + ", at "
              + file.path()
              + " with plugin "
              + plugin.id());
    }
  }

  private String down(String layer) {
    return prefix + "down:" + layer;
  }

  private String up(String layer) {
    return prefix + "up:" + layer;
  }

  private Tensor parameter(String name) {
    Tensor parameter = file.parameters().get(name);
    if (parameter == null) {
      throw new IllegalStateException("expected a checked layer, found " + name);
    }
    return parameter;
  }
}
