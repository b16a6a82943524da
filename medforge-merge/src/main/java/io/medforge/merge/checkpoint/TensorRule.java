package io.medforge.merge.checkpoint;

/** How tensors are merged. Immutable. */
interface TensorRule {
  /** What must be known of a whole tensor before its tiles can be combined; may read sources. */
  TileRule prepare(TensorSources sources);

  /** Whether a tile's elements may come in any order, the same for all sources. */
  default boolean isOrderFree() {
    return true;
  }

  /** What preparing takes for so many sources, beside tiles. */
  default long preparationBytes(int sources) {
    return 0;
  }

  /** How often bytes are read, in words. */
  default String reading() {
    return "once";
  }
}
