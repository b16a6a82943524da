package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.LowRankUpdate;
import java.util.List;
import java.util.OptionalLong;

/**
 * How many bytes an element-wise merge of one layer may hold beside inputs and result; it decides
 * how many elements are looked at together.
 */
record MemoryBudget(OptionalLong bytes) {
  private static final int SMALLEST_TILE = 1 << 8;

  /** Tables of the threshold search, and what does not grow with the layer. */
  private static final long TABLES = 2 << 20;

  /**
   * How many elements to look at together.
   *
   * @throws IncompatiblePluginsException if the budget does not suffice
   */
  int tile(String layer, List<? extends WeightedUpdate<?>> updates, OptionalLong rank) {
    if (bytes.isEmpty()) {
      return LayerUpdates.DEFAULT_TILE;
    }
    long held = TABLES;
    for (WeightedUpdate<?> part : updates) {
      if (part.update() instanceof LowRankUpdate lowRank) {
        // The factors in double; a row of the product; a block of rows, wide and narrow.
        held += 8 * lowRank.rank() * (lowRank.out() + lowRank.in());
        held += 24 * Math.max(lowRank.out(), lowRank.in());
      }
    }
    if (rank.isPresent() && updates.get(0).update() instanceof LowRankUpdate first) {
      held += DenseCompression.bytes(first.out(), first.in(), rank.getAsLong());
    }
    long perElement = 4L * (3L * updates.size() + 6);
    long tile = (bytes.getAsLong() - held) / perElement;
    if (tile < SMALLEST_TILE) {
      throw new IncompatiblePluginsException(
          "expected a memory budget of at least "
              + (held + SMALLEST_TILE * perElement)
              + " bytes, found "
              + bytes.getAsLong()
              + ", at layer "
              + layer);
    }
    return (int) Math.min(LayerUpdates.DEFAULT_TILE, tile);
  }
}
