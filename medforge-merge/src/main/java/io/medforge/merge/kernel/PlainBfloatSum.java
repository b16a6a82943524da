package io.medforge.merge.kernel;

import static java.lang.Float.floatToRawIntBits;
import static java.lang.Float.intBitsToFloat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;

/**
 * The sum of BF16 elements in plain Java, tile by tile in the first-level cache.
 *
 * <p>HotSpot makes no vector code of what reinterprets bits or mixes widths. So elements are taken
 * two to an int by way of a buffer, which sees them as both; loops that reinterpret do nothing else
 * but arithmetic; and rounding and checking are loops over ints, which become vector code.
 */
final class PlainBfloatSum implements NarrowSum {
  private static final int TILE = 4096;
  private static final int UPPER = 0xffff0000;

  @Override
  public boolean sum(float[] w, short[][] x, short[] out, int count) {
    ByteBuffer shared = ByteBuffer.allocateDirect(2 * TILE).order(ByteOrder.LITTLE_ENDIAN);
    ShortBuffer shorts = shared.asShortBuffer();
    IntBuffer ints = shared.asIntBuffer();
    int[] pairs = new int[TILE / 2];
    int[][] lowers = new int[x.length][TILE / 2];
    int[][] uppers = new int[x.length][TILE / 2];
    int[] lower = new int[TILE / 2];
    int[] upper = new int[TILE / 2];
    int[] flags = new int[TILE / 2];
    for (int from = 0; from < count; from += TILE) {
      int n = Math.min(TILE, count - from);
      int half = (n + 1) / 2;
      for (int k = 0; k < x.length; k++) {
        shorts.clear().put(x[k], from, n);
        if (n % 2 == 1) {
          shorts.put((short) 0); // A last pair's second element: something finite.
        }
        ints.clear().get(pairs, 0, half);
        split(pairs, lowers[k], uppers[k], half);
      }
      addUp(w, lowers, lower, half);
      addUp(w, uppers, upper, half);
      round(lower, upper, pairs, flags, half);
      ints.clear().put(pairs, 0, half);
      shorts.clear().get(out, from, n);
    }
    int all = 0;
    for (int flag : flags) {
      all |= flag;
    }
    return (all & 0x80008000) == 0;
  }

  private static void split(int[] pairs, int[] lower, int[] upper, int n) {
    for (int i = 0; i < n; i++) {
      lower[i] = pairs[i] << 16;
      upper[i] = pairs[i] & UPPER;
    }
  }

  private static void addUp(float[] w, int[][] x, int[] sum, int n) {
    int k = x.length % 2;
    if (k == 1) {
      store(w[0], x[0], sum, n);
    } else if (x.length == 2) {
      store(w[0], x[0], w[1], x[1], sum, n);
      k = 2;
    } else {
      store(w[0], x[0], w[1], x[1], w[2], x[2], w[3], x[3], sum, n);
      k = 4;
    }
    for (; k < x.length; k += 2) {
      add(w[k], x[k], w[k + 1], x[k + 1], sum, n);
    }
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
