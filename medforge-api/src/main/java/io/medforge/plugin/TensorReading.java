package io.medforge.plugin;

import java.nio.ByteBuffer;
import java.util.Objects;

/** How a tensor's values are read from its bytes, piece by piece. */
final class TensorReading {
  private static final int PIECE_BYTES = 64 * 1024;

  private TensorReading() {}

  /** Takes {@code count} elements and stores them from {@code at} on. */
  @FunctionalInterface
  interface PieceDecoder {
    void decode(ByteBuffer piece, int at, int count);
  }

  static void inPieces(
      Tensor tensor, long from, int length, int offset, int count, PieceDecoder decoder) {
    DType dtype = tensor.dtype();
    if (!dtype.hasValues()) {
      throw new IllegalStateException(
          "expected a type with readable values, found " + dtype + ": only raw bytes");
    }
    Objects.checkFromIndexSize(from, (long) count, tensor.shape().elements());
    Objects.checkFromIndexSize(offset, count, length);
    int width = dtype.bits() / 8;
    int perPiece = Math.min(count, PIECE_BYTES / width);
    byte[] piece = new byte[perPiece * width];
    for (int done = 0; done < count; ) {
      int n = Math.min(perPiece, count - done);
      tensor.readBytes((from + done) * width, piece, 0, n * width);
      decoder.decode(ByteBuffer.wrap(piece, 0, n * width), offset + done, n);
      done += n;
    }
  }

  /** Fills a buffer with stored bytes. */
  static void bytes(Tensor tensor, long from, ByteBuffer into) {
    if (into.hasArray()) {
      int count = into.remaining();
      tensor.readBytes(from, into.array(), into.arrayOffset() + into.position(), count);
      into.position(into.limit());
      return;
    }
    byte[] piece = new byte[Math.min(PIECE_BYTES, into.remaining())];
    for (long at = from; into.hasRemaining(); ) {
      int n = Math.min(piece.length, into.remaining());
      tensor.readBytes(at, piece, 0, n);
      into.put(piece, 0, n);
      at += n;
    }
  }

  static int arrayLength(Tensor tensor) {
    long elements = tensor.shape().elements();
    if (elements > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(
          "expected at most " + (Integer.MAX_VALUE - 8) + " elements, found " + elements);
    }
    return (int) elements;
  }
}
