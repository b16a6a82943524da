package io.medforge.merge.fusion;

import io.medforge.plugin.Tensor;

/** Reads a tensor from front to back as floats. */
final class TensorPieces {
  private TensorPieces() {}

  /** Takes elements {@code from} on, in {@code x[0]} on; {@code x} is used again. */
  @FunctionalInterface
  interface Piece {
    void take(long from, float[] x, int count);
  }

  static void read(Tensor tensor, int tile, Piece piece) {
    long elements = tensor.shape().elements();
    float[] x = new float[(int) Math.min(tile, elements)];
    for (long from = 0; from < elements; from += x.length) {
      int count = (int) Math.min(x.length, elements - from);
      tensor.read(from, x, 0, count);
      piece.take(from, x, count);
    }
  }
}
