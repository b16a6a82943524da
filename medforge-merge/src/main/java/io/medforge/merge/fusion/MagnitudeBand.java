package io.medforge.merge.fusion;

import io.medforge.plugin.Tensor;

/**
 * Keeps the elements within a range of ranks by magnitude: {@code kept} without {@code dropped}.
 */
record MagnitudeBand(Tensor delta, MagnitudeCut kept, MagnitudeCut dropped)
    implements ComputedTensor.Elements {

  /** The floor(density N) largest, at least one. */
  static ComputedTensor.Elements largest(Tensor delta, double density, int tile) {
    long elements = delta.shape().elements();
    long wanted = Math.max(1, (long) (density * elements));
    return wanted >= elements ? delta::read : withRanks(delta, wanted, 0, tile);
  }

  /** The floor(density N) that follow the floor(gamma N) largest. */
  static ComputedTensor.Elements withoutOutliers(
      Tensor delta, double density, double gamma, int tile) {
    long elements = delta.shape().elements();
    long wanted = Math.max(1, (long) (density * elements));
    long outliers = Math.min((long) (gamma * elements), elements - wanted);
    return wanted >= elements ? delta::read : withRanks(delta, wanted + outliers, outliers, tile);
  }

  /** The {@code kept} largest but for the {@code dropped} largest. */
  static MagnitudeBand withRanks(Tensor delta, long kept, long dropped, int tile) {
    if (dropped == 0) {
      MagnitudeCut cut = kept == 0 ? MagnitudeCut.NONE : MagnitudeCut.of(delta, tile, kept)[0];
      return new MagnitudeBand(delta, cut, MagnitudeCut.NONE);
    }
    MagnitudeCut[] cuts = MagnitudeCut.of(delta, tile, kept, dropped);
    return new MagnitudeBand(delta, cuts[0], cuts[1]);
  }

  @Override
  public void compute(long from, float[] into, int offset, int count) {
    delta.read(from, into, offset, count);
    // Where no tie is split, without branches: which elements are large is unpredictable.
    if (kept.splitsTies(from, count) || dropped.splitsTies(from, count)) {
      for (int i = 0; i < count; i++) {
        float x = into[offset + i];
        boolean keeps = kept.covers(x, from + i) && !dropped.covers(x, from + i);
        into[offset + i] = keeps ? x : 0f;
      }
      return;
    }
    int keptBelow = kept.greatestNotCovered(from);
    int droppedBelow = dropped.greatestNotCovered(from);
    for (int i = 0; i < count; i++) {
      int bits = Float.floatToRawIntBits(into[offset + i]);
      int magnitude = bits & MagnitudeCut.MAGNITUDE;
      int keeps = (keptBelow - magnitude) >> 31 & ~((droppedBelow - magnitude) >> 31);
      into[offset + i] = Float.intBitsToFloat(bits & keeps);
    }
  }
}
