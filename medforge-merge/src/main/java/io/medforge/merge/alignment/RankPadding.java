package io.medforge.merge.alignment;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.List;

/** Zero rows of A and zero columns of B up to the largest rank. */
record RankPadding() implements LayerwiseAlignment.Step {
  @Override
  public String name() {
    return "rank-padding";
  }

  @Override
  public List<LowRankUpdate> align(
      String layer, List<PluginId> plugins, List<LowRankUpdate> updates) {
    long rank = updates.stream().mapToLong(LowRankUpdate::rank).max().orElse(0);
    return updates.stream().map(update -> padded("layer " + layer, update, rank)).toList();
  }

  private static LowRankUpdate padded(String where, LowRankUpdate update, long rank) {
    if (update.rank() == rank) {
      return update;
    }
    return new LowRankUpdate(
        widened(where, update.a(), 0, rank),
        widened(where, update.b(), 1, rank),
        update.scaling(),
        update.layout());
  }

  /** More elements along one of the first two axes, by bytes: nothing is rounded. */
  private static Tensor widened(String where, Tensor tensor, int axis, long length) {
    DType type = tensor.dtype();
    long[] shape = tensor.shape().toArray();
    long blocks = axis == 0 ? 1 : shape[0];
    long before = type.byteSize(tensor.shape()) / blocks;
    shape[axis] = length;
    Shape wider = Shape.of(shape);
    long after = type.byteSize(wider) / blocks;
    if (type.byteSize(wider) > Integer.MAX_VALUE - 8) {
      throw new IncompatiblePluginsException(
          "expected padded factors below 2 GiB, found " + type + wider + ", at " + where);
    }
    byte[] bytes = new byte[(int) (blocks * after)];
    for (long block = 0; block < blocks; block++) {
      tensor.readBytes(block * before, bytes, (int) (block * after), (int) before);
    }
    return Tensor.ofBytes(type, wider, bytes);
  }
}
