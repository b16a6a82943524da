package io.medforge.plugin.checkpoint;

import io.medforge.plugin.Tensor;

/**
 * A tensor to be written and where it goes. Pieces are what the journal counts: large enough that
 * writing a line for each costs nothing, small enough that a kill loses little.
 *
 * @param name its name
 * @param tensor its content, computed when read
 * @param file the number of the file it goes to
 * @param position its first byte there
 * @param bytes its length
 */
record OutputTensor(String name, Tensor tensor, int file, long position, long bytes) {
  static final int PIECE_BYTES = 8 << 20;

  int pieces() {
    return Math.toIntExact((bytes + PIECE_BYTES - 1) / PIECE_BYTES);
  }

  int length(int piece) {
    return (int) Math.min(PIECE_BYTES, bytes - from(piece));
  }

  /** A piece's first byte within the tensor. */
  long from(int piece) {
    return (long) piece * PIECE_BYTES;
  }
}
