package io.medforge.merge.fusion;

import io.medforge.merge.kernel.MagnitudeSelection;
import io.medforge.plugin.Tensor;

/**
 * The largest m elements of a tensor by magnitude, exactly; of equal ones the first by index.
 *
 * @param bits the bits of the least magnitude among them
 * @param lastTie the last index at which this magnitude is still among them
 */
record MagnitudeCut(int bits, long lastTie) {
  static final int MAGNITUDE = 0x7fffffff;

  /** Nothing. */
  static final MagnitudeCut NONE = new MagnitudeCut(MAGNITUDE, -1);

  /** Everything. */
  static final MagnitudeCut ALL = new MagnitudeCut(0, Long.MAX_VALUE);

  boolean covers(float x, long index) {
    int magnitude = Float.floatToRawIntBits(x) & MAGNITUDE;
    return magnitude > bits || (magnitude == bits && index <= lastTie);
  }

  /** Whether elements of the threshold's magnitude may be covered or not in a range of indices. */
  boolean splitsTies(long from, int count) {
    return lastTie >= from && lastTie < from + count - 1;
  }

  /**
   * The bits of the greatest magnitude that is not covered, from an index on that splits no tie.
   */
  int greatestNotCovered(long from) {
    return lastTie >= from ? bits - 1 : bits;
  }

  /** The largest m elements for each m; two reads of the tensor, three where a tie is split. */
  static MagnitudeCut[] of(Tensor tensor, int tile, long... ranks) {
    MagnitudeSelection selection = new MagnitudeSelection(atLeastOne(ranks));
    TensorPieces.read(tensor, tile, (from, x, count) -> selection.countHigh(x, count));
    selection.narrow();
    TensorPieces.read(tensor, tile, (from, x, count) -> selection.countLow(x, count));
    MagnitudeCut[] cuts = new MagnitudeCut[ranks.length];
    for (int r = 0; r < ranks.length; r++) {
      cuts[r] = ranks[r] == 0 ? NONE : cut(tensor, tile, selection, r, ranks[r]);
    }
    return cuts;
  }

  private static MagnitudeCut cut(
      Tensor tensor, int tile, MagnitudeSelection selection, int r, long rank) {
    int bits = selection.thresholdBits(r);
    long wanted = rank - selection.above(r);
    if (wanted == selection.equal(r)) {
      return new MagnitudeCut(bits, Long.MAX_VALUE);
    }
    long[] state = {wanted, -1};
    TensorPieces.read(
        tensor,
        tile,
        (from, x, count) -> {
          for (int i = 0; i < count && state[0] > 0; i++) {
            if ((Float.floatToRawIntBits(x[i]) & MAGNITUDE) == bits) {
              state[0]--;
              state[1] = from + i;
            }
          }
        });
    return new MagnitudeCut(bits, state[1]);
  }

  private static long[] atLeastOne(long[] ranks) {
    long[] positive = ranks.clone();
    for (int r = 0; r < positive.length; r++) {
      positive[r] = Math.max(1, positive[r]);
    }
    return positive;
  }
}
