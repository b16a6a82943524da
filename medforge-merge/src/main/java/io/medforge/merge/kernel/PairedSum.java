package io.medforge.merge.kernel;

import java.nio.ByteBuffer;

/**
 * A sum over arrays by one, over buffers by another.
 *
 * @param arrays sums arrays
 * @param buffers sums buffers, with the same bits
 */
record PairedSum(NarrowSum arrays, BufferSum buffers) implements NarrowSum {
  @Override
  public boolean sum(float[] weights, short[][] inputs, short[] out, int count) {
    return arrays.sum(weights, inputs, out, count);
  }

  @Override
  public boolean sum(float[] weights, ByteBuffer[] inputs, ByteBuffer out, int count) {
    return buffers.sum(weights, inputs, out, count);
  }
}
