package io.medforge.merge.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;

/** The sum of F16 elements in plain Java, by the planar tiles of {@link FloatFormat}. */
final class PlainHalfSum implements NarrowSum {
  private static final int TILE = 4096;

  @Override
  public boolean sum(float[] weights, short[][] inputs, short[] out, int count) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(2 * TILE).order(ByteOrder.LITTLE_ENDIAN);
    ShortBuffer shorts = bytes.asShortBuffer();
    float[][] tiles = new float[inputs.length][TILE];
    float[] sum = new float[TILE];
    FloatFormat.Scratch scratch = new FloatFormat.Scratch(TILE);
    boolean finite = true;
    for (int from = 0; from < count; from += TILE) {
      int n = Math.min(TILE, count - from);
      boolean planar = n % 2 == 0;
      for (int k = 0; k < inputs.length; k++) {
        shorts.clear().put(inputs[k], from, n);
        finite &= FloatFormat.F16.decode(bytes.clear(), tiles[k], n, planar, scratch);
      }
      WeightedSum.of(weights, tiles, sum, n);
      finite &= FloatFormat.F16.encode(sum, n, bytes.clear(), planar, scratch);
      shorts.clear().get(out, from, n);
    }
    return finite;
  }
}
