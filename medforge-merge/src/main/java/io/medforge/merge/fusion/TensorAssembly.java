package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Puts a result together, element after element, each rounded once. The bytes lie in pieces, so a
 * result may exceed 2 GiB and is never copied. Not thread-safe until {@link #tensor()}.
 */
final class TensorAssembly {
  private static final int PIECE_BYTES = 1 << 20;

  private final DType dtype;
  private final Shape shape;
  private final String where;
  private final double limit;
  private final byte[][] pieces;
  private long written;

  /** Starts a tensor; {@code where} names it in messages. */
  TensorAssembly(DType dtype, Shape shape, String where) {
    this.dtype = dtype;
    this.shape = shape;
    this.where = where;
    this.limit = overflow(dtype);
    long size = dtype.byteSize(shape);
    this.pieces = new byte[Math.toIntExact((size + PIECE_BYTES - 1) / PIECE_BYTES)][];
    for (int i = 0; i < pieces.length; i++) {
      pieces[i] = new byte[(int) Math.min(PIECE_BYTES, size - (long) i * PIECE_BYTES)];
    }
  }

  /** The next elements. */
  void put(double[] values, int count) {
    for (int i = 0; i < count; i++) {
      if (!(Math.abs(values[i]) < limit)) {
        throw new IncompatiblePluginsException(
            "expected results that "
                + dtype
                + " can hold, below "
                + limit
                + ", found "
                + values[i]
                + ", at "
                + where
                + ", element "
                + (written / width() + i)
                + " (a wider output type may help)");
      }
    }
    for (int done = 0; done < count; ) {
      byte[] piece = pieces[(int) (written / PIECE_BYTES)];
      int at = (int) (written % PIECE_BYTES);
      int n = Math.min(count - done, (piece.length - at) / width());
      dtype.encode(values, done, n, ByteBuffer.wrap(piece, at, n * width()));
      written += (long) n * width();
      done += n;
    }
  }

  /** The finished tensor. */
  Tensor tensor() {
    if (written != dtype.byteSize(shape)) {
      throw new IllegalStateException(
          "expected "
              + shape.elements()
              + " elements, found "
              + written / width()
              + ", at "
              + where);
    }
    return new Pieces(dtype, shape, pieces);
  }

  private int width() {
    return dtype.bits() / 8;
  }

  /** The least magnitude that rounds to infinity. */
  private static double overflow(DType dtype) {
    return switch (dtype) {
      case F64 -> Double.POSITIVE_INFINITY;
      case F32 -> 0x1.ffffffp127;
      case BF16 -> 0x1.ffp127;
      case F16 -> 65520;
      default ->
          throw new IllegalArgumentException(
              "expected a floating-point output type, found " + dtype);
    };
  }

  private static final class Pieces implements Tensor {
    private final DType dtype;
    private final Shape shape;
    private final byte[][] pieces;

    Pieces(DType dtype, Shape shape, byte[][] pieces) {
      this.dtype = dtype;
      this.shape = shape;
      this.pieces = pieces;
    }

    @Override
    public DType dtype() {
      return dtype;
    }

    @Override
    public Shape shape() {
      return shape;
    }

    @Override
    public void readBytes(long from, byte[] into, int offset, int count) {
      Objects.checkFromIndexSize(from, (long) count, dtype.byteSize(shape));
      Objects.checkFromIndexSize(offset, count, into.length);
      for (int done = 0; done < count; ) {
        long at = from + done;
        byte[] piece = pieces[(int) (at / PIECE_BYTES)];
        int start = (int) (at % PIECE_BYTES);
        int n = Math.min(count - done, piece.length - start);
        System.arraycopy(piece, start, into, offset + done, n);
        done += n;
      }
    }

    @Override
    public String toString() {
      return dtype + shape.toString();
    }
  }
}
