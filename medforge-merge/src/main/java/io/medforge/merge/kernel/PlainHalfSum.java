package io.medforge.merge.kernel;

import java.nio.ByteBuffer;

/** The sum of F16 elements in plain Java, by the planar tiles of {@link FloatFormat}. */
final class PlainHalfSum implements PlainSum {
  @Override
  public boolean sum(float[] weights, ByteBuffer[] inputs, ByteBuffer out, int count) {
    NarrowSums.checkSizes(inputs, out, count);
    ByteBuffer[] from = new ByteBuffer[inputs.length];
    for (int k = 0; k < inputs.length; k++) {
      from[k] = inputs[k].slice();
    }
    ByteBuffer to = out.slice();
    float[][] tiles = new float[inputs.length][TILE];
    float[] sum = new float[TILE];
    FloatFormat.Scratch scratch = new FloatFormat.Scratch(TILE);
    boolean finite = true;
    for (int at = 0; at < count; at += TILE) {
      int n = Math.min(TILE, count - at);
      boolean planar = n % 2 == 0;
      for (int k = 0; k < inputs.length; k++) {
        ByteBuffer tile = from[k].position(2 * at);
        finite &= FloatFormat.F16.decode(tile, tiles[k], n, planar, scratch);
      }
      WeightedSum.of(weights, tiles, sum, n);
      finite &= FloatFormat.F16.encode(sum, n, to, planar, scratch);
    }
    return finite;
  }
}
