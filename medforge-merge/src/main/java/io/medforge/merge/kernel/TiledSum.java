package io.medforge.merge.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * A sum over arrays, and over buffers by way of arrays, tile by tile. What arrays are not summed
 * for, plain code does.
 */
final class TiledSum implements NarrowSum {
  /** Copies of a kilobyte are half again as fast as of four, measured on JDK 17 and 25. */
  private static final int TILE = 512;

  private final ArraySums sums;
  private final NarrowSum plain;

  TiledSum(ArraySums sums, NarrowSum plain) {
    this.sums = sums;
    this.plain = plain;
  }

  @Override
  public boolean sum(float[] weights, short[][] inputs, short[] out, int count) {
    Optional<ArraySums.Sum> sum = sums.of(weights, inputs, out);
    int whole = count - count % sums.step();
    if (sum.isEmpty() || whole == 0) {
      return plain.sum(weights, inputs, out, count);
    }
    boolean finite = sum.get().sum(whole);
    return finite && (whole == count || rest(weights, inputs, out, whole, count));
  }

  private boolean rest(float[] weights, short[][] inputs, short[] out, int from, int count) {
    short[][] rest = new short[inputs.length][];
    for (int k = 0; k < inputs.length; k++) {
      rest[k] = Arrays.copyOfRange(inputs[k], from, count);
    }
    short[] sum = new short[count - from];
    boolean finite = plain.sum(weights, rest, sum, sum.length);
    System.arraycopy(sum, 0, out, from, sum.length);
    return finite;
  }

  @Override
  public boolean sum(float[] weights, ByteBuffer[] inputs, ByteBuffer out, int count) {
    NarrowSums.checkSizes(inputs, out, count);
    short[][] tiles = new short[inputs.length][TILE];
    short[] result = new short[TILE];
    Optional<ArraySums.Sum> sum = sums.of(weights, tiles, result);
    int whole = count - count % sums.step();
    if (sum.isEmpty() || whole == 0) {
      return plain.sum(weights, inputs, out, count);
    }
    boolean finite = sum(sum.get(), shorts(inputs), tiles, shorts(out), result, whole);
    return finite
        && (whole == count || NarrowSums.sumRest(plain, weights, inputs, out, whole, count));
  }

  private static boolean sum(
      ArraySums.Sum sum, ShortBuffer[] x, short[][] tiles, ShortBuffer out, short[] result, int n) {
    boolean finite = true;
    for (int at = 0; at < n; at += TILE) {
      int count = Math.min(TILE, n - at);
      for (int k = 0; k < x.length; k++) {
        x[k].get(at, tiles[k], 0, count);
      }
      finite &= sum.sum(count);
      out.put(at, result, 0, count);
    }
    return finite;
  }

  private static ShortBuffer[] shorts(ByteBuffer[] inputs) {
    ShortBuffer[] shorts = new ShortBuffer[inputs.length];
    for (int k = 0; k < inputs.length; k++) {
      shorts[k] = shorts(inputs[k]);
    }
    return shorts;
  }

  private static ShortBuffer shorts(ByteBuffer bytes) {
    return bytes.slice().order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
  }
}
