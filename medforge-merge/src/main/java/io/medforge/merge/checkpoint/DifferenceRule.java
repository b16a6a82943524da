package io.medforge.merge.checkpoint;

/** What the second source has more than the first, each element rounded to float once. */
record DifferenceRule() implements TensorRule {
  @Override
  public TileRule prepare(TensorSources sources) {
    return (from, x, out, count) -> {
      float[] base = x[0];
      float[] trained = x[1];
      for (int i = 0; i < count; i++) {
        out[i] = trained[i] - base[i];
      }
    };
  }
}
