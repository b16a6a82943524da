package io.medforge.merge.fusion;

import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.Arrays;
import java.util.List;

/**
 * What a rule sees of one layer: the updates of the plugins that change it, in canonical order, of
 * one kind and shape (ranks may differ). A plugin that lacks the layer is absent. Where a rule
 * works on factors or heads, these stand here as dense updates. Immutable.
 */
public final class LayerUpdates {
  /** Elements to look at together where no memory budget asks for fewer. */
  static final int DEFAULT_TILE = 1 << 14;

  private final String layer;
  private final List<Member> members;
  private final long seed;
  private final int tile;

  LayerUpdates(String layer, List<Member> members, long seed, int tile) {
    this.layer = layer;
    this.members = List.copyOf(members);
    this.seed = seed;
    this.tile = tile;
  }

  /**
   * One plugin's part.
   *
   * @param plugin whose it is
   * @param digest of the plugin's content
   * @param update a {@link LowRankUpdate} or a {@link DenseUpdate}
   * @param weight w, finite
   */
  public record Member(PluginId plugin, Digest digest, Update update, double weight) {}

  /**
   * The layer's name.
   *
   * @return for messages, and for random streams
   */
  public String layer() {
    return layer;
  }

  /**
   * The plugins' parts.
   *
   * @return unmodifiable, not empty, in canonical order
   */
  public List<Member> members() {
    return members;
  }

  /**
   * How many plugins change the layer.
   *
   * @return n, at least 1
   */
  public int size() {
    return members.size();
  }

  /**
   * How much each counts.
   *
   * @return w, in the order of the members
   */
  public List<Double> weights() {
    return members.stream().map(Member::weight).toList();
  }

  /**
   * Whether the updates are low-rank.
   *
   * @return true for {@link LowRankUpdate}s, false for {@link DenseUpdate}s
   */
  public boolean isLowRank() {
    return members.get(0).update() instanceof LowRankUpdate;
  }

  /**
   * The shape of the parameter as the base stores it.
   *
   * @return {@code [d, k]}, {@code [k, d]} where the layout is {@link LowRankUpdate.Layout#IN_OUT},
   *     with a convolution's kernel axes; or a dense delta's shape
   */
  public Shape shape() {
    return shape(members.get(0).update());
  }

  /**
   * The deltas, without their weights. A dense one is the plugin's own tensor; a low-rank one is
   * computed in F32 whenever it is read, and its factors are held in double.
   *
   * @return tensors of {@link #shape()}, in the order of the members; made anew at each call
   */
  public List<Tensor> deltas() {
    return members.stream().map(member -> delta(layer, member.update())).toList();
  }

  /**
   * The seed of whatever is random.
   *
   * @return what the caller chose; 0 if the rule's description asks for none
   */
  public long seed() {
    return seed;
  }

  /**
   * How many elements a rule should hold of each tensor at a time, by the memory budget. Results
   * must not depend on it.
   *
   * @return at least 1
   */
  public int tile() {
    return tile;
  }

  /** The product or the delta, in the shape in which the base stores the parameter. */
  static Tensor delta(String layer, Update update) {
    return update instanceof LowRankUpdate lowRank
        ? new ComputedTensor(shape(update), ProductElements.of(layer, lowRank))
        : ((DenseUpdate) update).delta();
  }

  private static Shape shape(Update update) {
    if (!(update instanceof LowRankUpdate lowRank)) {
      return ((DenseUpdate) update).delta().shape();
    }
    if (lowRank.layout() == LowRankUpdate.Layout.IN_OUT) {
      return Shape.of(lowRank.in(), lowRank.out());
    }
    long[] dimensions = lowRank.a().shape().toArray();
    dimensions[0] = lowRank.out();
    return Shape.of(dimensions);
  }

  @Override
  public String toString() {
    return layer + " " + Arrays.toString(shape().toArray()) + " of " + size();
  }
}
