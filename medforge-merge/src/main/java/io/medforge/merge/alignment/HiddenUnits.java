package io.medforge.merge.alignment;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.InnerProduct;
import io.medforge.plugin.DType;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One plugin's two-layer head, seen as its hidden units: unit j is row j of W1, element j of b1 and
 * column j of W2, side by side.
 */
final class HiddenUnits {
  private final PluginModule plugin;
  private final TwoLayerHead head;
  private final List<Replacement> parts;
  private final double[][] units;

  private HiddenUnits(PluginModule plugin, TwoLayerHead head, List<Replacement> parts) {
    this.plugin = plugin;
    this.head = head;
    this.parts = parts;
    this.units = units();
  }

  /** The head of a plugin, if it has one. */
  static Optional<HiddenUnits> of(PluginModule plugin, TwoLayerHead head) {
    List<Replacement> parts = new ArrayList<>();
    List<String> layers = layers(head);
    for (String layer : layers) {
      Update update = plugin.updates().get(layer);
      if (update instanceof Replacement replacement) {
        parts.add(replacement);
      } else if (update != null) {
        throw new IncompatiblePluginsException(
            "expected a head that was trained whole, found a change to the base, whose hidden units"
                + " have their order, at plugin "
                + plugin.id()
                + ", layer "
                + layer);
      }
    }
    if (parts.isEmpty()) {
      return Optional.empty();
    }
    if (parts.size() < layers.size()) {
      throw new IncompatiblePluginsException(
          "expected layers " + layers + ", found only some, at plugin " + plugin.id());
    }
    return Optional.of(new HiddenUnits(plugin, head, parts));
  }

  PluginId plugin() {
    return plugin.id();
  }

  /** Of the output layer. */
  LabelSpace labels() {
    return parts.get(parts.size() - 1).labels();
  }

  int size() {
    return units.length;
  }

  /** The inner products of all units with another head's, negated: costs of matching them. */
  double[][] costs(HiddenUnits other) {
    if (other.size() != size() || other.units[0].length != units[0].length) {
      throw new IncompatiblePluginsException(
          "expected a head of "
              + size()
              + " hidden units as in "
              + plugin.id()
              + ", found "
              + other.size()
              + ", at plugin "
              + other.plugin.id());
    }
    double[][] costs = new double[size()][size()];
    for (int i = 0; i < size(); i++) {
      for (int j = 0; j < size(); j++) {
        costs[i][j] = -InnerProduct.of(units[i], other.units[j]);
      }
    }
    return costs;
  }

  /** The squared distance to another head whose unit {@code order[i]} stands for unit i. */
  double squaredDistance(HiddenUnits other, int[] order) {
    double sum = 0;
    for (int i = 0; i < size(); i++) {
      for (int t = 0; t < units[i].length; t++) {
        double difference = units[i][t] - other.units[order[i]][t];
        sum += difference * difference;
      }
    }
    return sum;
  }

  /** The layers with unit {@code order[i]} in place i; bytes are moved, nothing is rounded. */
  List<Replacement> inOrder(int[] order) {
    List<Replacement> moved = new ArrayList<>();
    for (int part = 0; part < parts.size(); part++) {
      Replacement from = parts.get(part);
      boolean output = part == parts.size() - 1;
      moved.add(new Replacement(moved(from.tensor(), order, output ? 1 : 0), from.labels()));
    }
    return moved;
  }

  static List<String> layers(TwoLayerHead head) {
    List<String> layers = new ArrayList<>();
    layers.add(head.hiddenWeight());
    head.hiddenBias().ifPresent(layers::add);
    layers.add(head.outputWeight());
    return layers;
  }

  private double[][] units() {
    Shape first = parts.get(0).tensor().shape();
    Shape last = parts.get(parts.size() - 1).tensor().shape();
    boolean fits =
        first.dimensions() == 2
            && last.dimensions() == 2
            && first.dimension(0) == last.dimension(1);
    if (fits && head.hiddenBias().isPresent()) {
      fits = parts.get(1).tensor().shape().equals(Shape.of(first.dimension(0)));
    }
    if (!fits) {
      throw new IncompatiblePluginsException(
          "expected [h, k]"
              + (head.hiddenBias().isPresent() ? ", [h]" : "")
              + " and [c, h], found "
              + parts.stream().map(part -> part.tensor().shape()).toList()
              + ", at plugin "
              + plugin.id()
              + ", layers "
              + layers(head));
    }
    int h = (int) first.dimension(0);
    int k = (int) first.dimension(1);
    int c = (int) last.dimension(0);
    double[] in = parts.get(0).tensor().toDoubles();
    double[] bias = parts.size() == 3 ? parts.get(1).tensor().toDoubles() : new double[h];
    double[] out = parts.get(parts.size() - 1).tensor().toDoubles();
    double[][] made = new double[h][k + 1 + c];
    for (int j = 0; j < h; j++) {
      System.arraycopy(in, j * k, made[j], 0, k);
      made[j][k] = bias[j];
      for (int label = 0; label < c; label++) {
        made[j][k + 1 + label] = out[label * h + j];
      }
    }
    return made;
  }

  private static Tensor moved(Tensor tensor, int[] order, int axis) {
    DType type = tensor.dtype();
    int size = Math.toIntExact(type.byteSize(tensor.shape()));
    int blocks = axis == 0 ? 1 : (int) tensor.shape().dimension(0);
    int piece = size / blocks / order.length;
    byte[] from = new byte[size];
    tensor.readBytes(0, from, 0, size);
    byte[] to = new byte[size];
    for (int block = 0; block < blocks; block++) {
      for (int i = 0; i < order.length; i++) {
        int start = block * order.length;
        System.arraycopy(from, (start + order[i]) * piece, to, (start + i) * piece, piece);
      }
    }
    return Tensor.ofBytes(type, tensor.shape(), to);
  }
}
