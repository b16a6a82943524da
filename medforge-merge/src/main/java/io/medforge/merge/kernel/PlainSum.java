package io.medforge.merge.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A sum over buffers, and over arrays by way of buffers, tile by tile. */
interface PlainSum extends NarrowSum {
  /** Elements copied at a time. */
  int TILE = 4096;

  @Override
  default boolean sum(float[] weights, short[][] inputs, short[] out, int count) {
    ByteBuffer[] tiles = new ByteBuffer[inputs.length];
    for (int k = 0; k < inputs.length; k++) {
      tiles[k] = tile();
    }
    ByteBuffer sum = tile();
    boolean finite = true;
    for (int at = 0; at < count; at += TILE) {
      int n = Math.min(TILE, count - at);
      for (int k = 0; k < inputs.length; k++) {
        tiles[k].asShortBuffer().put(inputs[k], at, n);
      }
      finite &= sum(weights, tiles, sum, n);
      sum.asShortBuffer().get(out, at, n);
    }
    return finite;
  }

  private static ByteBuffer tile() {
    return ByteBuffer.allocateDirect(2 * TILE).order(ByteOrder.LITTLE_ENDIAN);
  }
}
