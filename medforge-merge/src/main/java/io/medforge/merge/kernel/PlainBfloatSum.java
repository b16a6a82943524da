package io.medforge.merge.kernel;

import static java.lang.Float.floatToRawIntBits;
import static java.lang.Float.intBitsToFloat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/**
 * The sum of BF16 elements in plain Java, tile by tile in the first-level cache.
 *
 * <p>HotSpot makes no vector code of what reinterprets bits or mixes widths. So elements are taken
 * two to an int by way of a buffer, which sees them as both; loops that reinterpret do nothing else
 * but arithmetic; and rounding and checking are loops over ints, which become vector code.
 */
final class PlainBfloatSum implements PlainSum {
  /** What is split of four inputs fits into the first-level cache. */
  private static final int ROOM = 512;

  private static final int UPPER = 0xffff0000;

  @Override
  public boolean sum(float[] w, ByteBuffer[] x, ByteBuffer out, int count) {
    NarrowSums.checkSizes(x, out, count);
    IntBuffer[] from = new IntBuffer[x.length];
    for (int k = 0; k < x.length; k++) {
      from[k] = ints(x[k]);
    }
    IntBuffer to = ints(out);
    Tile tile = new Tile(x.length, Math.min(ROOM, count + 1) / 2);
    int pairs = count / 2;
    for (int at = 0; at < pairs; at += ROOM / 2) {
      int n = Math.min(ROOM / 2, pairs - at);
      for (int k = 0; k < x.length; k++) {
        from[k].get(at, tile.pairs, 0, n);
        split(tile.pairs, tile.lowers[k], tile.uppers[k], n);
      }
      tile.add(w, n);
      to.put(at, tile.pairs, 0, n);
    }
    if (count % 2 == 1) {
      addLast(w, x, out, count - 1, tile);
    }
    return tile.isFinite();
  }

  /** An element without another: its pair's second is 0. */
  private static void addLast(float[] w, ByteBuffer[] x, ByteBuffer out, int last, Tile tile) {
    for (int k = 0; k < x.length; k++) {
      ByteBuffer bytes = x[k].slice().order(ByteOrder.LITTLE_ENDIAN);
      tile.pairs[0] = bytes.getShort(2 * last) & 0xffff;
      split(tile.pairs, tile.lowers[k], tile.uppers[k], 1);
    }
    tile.add(w, 1);
    out.slice().order(ByteOrder.LITTLE_ENDIAN).putShort(2 * last, (short) tile.pairs[0]);
  }

  private static IntBuffer ints(ByteBuffer bytes) {
    return bytes.slice().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
  }

  /** Room for a tile of every input: elements at even places and those at odd ones. */
  private static final class Tile {
    final int[] pairs;
    final int[][] lowers;
    final int[][] uppers;
    final int[] lower;
    final int[] upper;
    final int[] flags;

    Tile(int inputs, int n) {
      pairs = new int[n];
      lowers = new int[inputs][n];
      uppers = new int[inputs][n];
      lower = new int[n];
      upper = new int[n];
      flags = new int[n];
    }

    /** Adds what was split, and leaves the rounded sums in {@code pairs}. */
    void add(float[] w, int n) {
      addUp(w, lowers, lower, n);
      addUp(w, uppers, upper, n);
      round(lower, upper, pairs, flags, n);
    }

    boolean isFinite() {
      int all = 0;
      for (int flag : flags) {
        all |= flag;
      }
      return (all & 0x80008000) == 0;
    }
  }

  private static void split(int[] pairs, int[] lower, int[] upper, int n) {
    for (int i = 0; i < n; i++) {
      lower[i] = pairs[i] << 16;
      upper[i] = pairs[i] & UPPER;
    }
  }

  private static void addUp(float[] w, int[][] x, int[] sum, int n) {
    int k = first(w, x, sum, n);
    for (; k + 4 <= x.length; k += 4) {
      add(w[k], x[k], w[k + 1], x[k + 1], w[k + 2], x[k + 2], w[k + 3], x[k + 3], sum, n);
    }
    for (; k < x.length; k += 2) {
      add(w[k], x[k], w[k + 1], x[k + 1], sum, n);
    }
  }

  /** Stores the sum of one, two or four, so that an even number is left; gives how many. */
  private static int first(float[] w, int[][] x, int[] sum, int n) {
    if (x.length % 2 == 1) {
      store(w[0], x[0], sum, n);
      return 1;
    }
    if (x.length == 2) {
      store(w[0], x[0], w[1], x[1], sum, n);
      return 2;
    }
    store(w[0], x[0], w[1], x[1], w[2], x[2], w[3], x[3], sum, n);
    return 4;
  }

  private static void store(float w, int[] x, int[] sum, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] = floatToRawIntBits(w * intBitsToFloat(x[i]));
    }
  }

  private static void store(float w, int[] x, float v, int[] y, int[] sum, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] = floatToRawIntBits(w * intBitsToFloat(x[i]) + v * intBitsToFloat(y[i]));
    }
  }

  private static void store(
      float w, int[] x, float v, int[] y, float u, int[] z, float t, int[] q, int[] sum, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] =
          floatToRawIntBits(
              w * intBitsToFloat(x[i])
                  + v * intBitsToFloat(y[i])
                  + u * intBitsToFloat(z[i])
                  + t * intBitsToFloat(q[i]));
    }
  }

  private static void add(float w, int[] x, float v, int[] y, int[] sum, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] =
          floatToRawIntBits(
              intBitsToFloat(sum[i]) + w * intBitsToFloat(x[i]) + v * intBitsToFloat(y[i]));
    }
  }

  private static void add(
      float w, int[] x, float v, int[] y, float u, int[] z, float t, int[] q, int[] sum, int n) {
    for (int i = 0; i < n; i++) {
      sum[i] =
          floatToRawIntBits(
              intBitsToFloat(sum[i])
                  + w * intBitsToFloat(x[i])
                  + v * intBitsToFloat(y[i])
                  + u * intBitsToFloat(z[i])
                  + t * intBitsToFloat(q[i]));
    }
  }

  /** An exponent of all ones, which infinities and NaN have, carries into the bit above it. */
  private static void round(int[] lower, int[] upper, int[] pairs, int[] flags, int n) {
    for (int i = 0; i < n; i++) {
      int pair =
          ((lower[i] + 0x7fff + ((lower[i] >>> 16) & 1)) >>> 16)
              | ((upper[i] + 0x7fff + ((upper[i] >>> 16) & 1)) & UPPER);
      pairs[i] = pair;
      flags[i] = flags[i] | ((pair & 0x7f807f80) + 0x00800080);
    }
  }
}
