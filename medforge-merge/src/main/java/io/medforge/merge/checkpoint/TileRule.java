package io.medforge.merge.checkpoint;

/** How a tile of one tensor of the result follows from tiles of its sources. Thread-safe. */
@FunctionalInterface
interface TileRule {
  /**
   * Combines tiles.
   *
   * @param from the index of the first element
   * @param x the sources' elements; may be overwritten
   * @param out receives the result
   * @param count how many
   */
  void combine(long from, float[][] x, float[] out, int count);
}
