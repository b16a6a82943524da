package io.medforge.merge.kernel;

import static io.medforge.merge.kernel.HalfConversion.toFloat;
import static io.medforge.merge.kernel.HalfConversion.toHalf;

import java.util.Optional;

/** Sums of F16 elements by the processor's conversions; see {@link HalfConversion}. */
final class ConvertingSums implements ArraySums {
  private static final int TILE = 1024;

  @Override
  public int step() {
    return 1;
  }

  @Override
  public Optional<Sum> of(float[] weights, short[][] inputs, short[] out) {
    float[][] tiles = new float[inputs.length <= 4 ? 0 : inputs.length][TILE];
    float[] sum = new float[TILE];
    return Optional.of(count -> sum(weights, inputs, tiles, sum, out, count));
  }

  /*
   * Tile by tile, so that results are checked and more than four inputs are added while they are in the
   * first-level cache.
   */
  private static boolean sum(
      float[] w, short[][] x, float[][] tiles, float[] sum, short[] out, int count) {
    boolean finite = true;
    for (int from = 0; from < count; from += TILE) {
      int to = Math.min(count, from + TILE);
      if (x.length <= 4) {
        store(w, x, out, from, to);
      } else {
        for (int k = 0; k < x.length; k++) {
          decode(x[k], tiles[k], from, to - from);
        }
        WeightedSum.of(w, tiles, sum, to - from);
        encode(sum, out, from, to - from);
      }
      finite &= areFinite(out, from, to);
    }
    return finite;
  }

  private static void store(float[] w, short[][] x, short[] out, int from, int to) {
    switch (x.length) {
      case 1 -> store(w[0], x[0], out, from, to);
      case 2 -> store(w[0], x[0], w[1], x[1], out, from, to);
      case 3 -> store(w[0], x[0], w[1], x[1], w[2], x[2], out, from, to);
      default -> store(w[0], x[0], w[1], x[1], w[2], x[2], w[3], x[3], out, from, to);
    }
  }

  private static void store(float w, short[] x, short[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = toHalf(w * toFloat(x[i]));
    }
  }

  private static void store(float w, short[] x, float v, short[] y, short[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = toHalf(w * toFloat(x[i]) + v * toFloat(y[i]));
    }
  }

  private static void store(
      float w, short[] x, float v, short[] y, float u, short[] z, short[] out, int from, int to) {
    for (int i = from; i < to; i++) {
      out[i] = toHalf(w * toFloat(x[i]) + v * toFloat(y[i]) + u * toFloat(z[i]));
    }
  }

  private static void store(
      float w,
      short[] x,
      float v,
      short[] y,
      float u,
      short[] z,
      float t,
      short[] q,
      short[] out,
      int from,
      int to) {
    for (int i = from; i < to; i++) {
      out[i] =
          toHalf(w * toFloat(x[i]) + v * toFloat(y[i]) + u * toFloat(z[i]) + t * toFloat(q[i]));
    }
  }

  private static void decode(short[] x, float[] into, int from, int count) {
    for (int i = 0; i < count; i++) {
      into[i] = toFloat(x[from + i]);
    }
  }

  private static void encode(float[] sum, short[] out, int from, int count) {
    for (int i = 0; i < count; i++) {
      out[from + i] = toHalf(sum[i]);
    }
  }

  /** An infinite or undefined input makes an infinite or undefined sum, whatever its weight. */
  private static boolean areFinite(short[] out, int from, int to) {
    int seen = 0;
    for (int i = from; i < to; i++) {
      seen |= (out[i] & 0x7c00) + 0x0400;
    }
    return (seen & 0x8000) == 0;
  }
}
