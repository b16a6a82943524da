package io.medforge.plugin.checkpoint;

import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which piece of which tensor each worker computes next. A worker stays with its tensor, since the
 * first read of a tensor may cost a pass over its sources; it takes a new tensor next, and when
 * there is none, helps with the one that has most pieces left. Thread-safe.
 */
final class PieceQueue {
  private final List<Part> parts;
  private int untouched;

  PieceQueue(List<Part> parts) {
    this.parts = parts;
  }

  /** A tensor's place in the output and which of its pieces are taken; guarded by the queue. */
  static final class Part {
    private final int number;
    private final OutputTensor output;
    private final BitSet taken = new BitSet();
    private int left;
    private int next;

    /** The number is the tensor's in the order of the output. */
    Part(int number, OutputTensor output) {
      this.number = number;
      this.output = output;
      this.left = output.pieces();
    }

    int number() {
      return number;
    }

    OutputTensor output() {
      return output;
    }

    /** Leaves out a piece that an earlier run has written. */
    void skip(int piece) {
      if (!taken.get(piece)) {
        taken.set(piece);
        left--;
      }
    }

    private int take() {
      int piece = taken.nextClearBit(next);
      taken.set(piece);
      next = piece + 1;
      left--;
      return piece;
    }
  }

  /** A piece to compute. */
  record Piece(Part part, int index) {}

  /** The next piece for a worker that had this one, or null if all are taken. */
  synchronized @Nullable Piece next(@Nullable Piece last) {
    Part part = last == null || last.part().left == 0 ? untouched() : last.part();
    if (part == null) {
      part = longest();
    }
    return part == null ? null : new Piece(part, part.take());
  }

  private @Nullable Part untouched() {
    while (untouched < parts.size()) {
      Part part = parts.get(untouched++);
      if (part.left > 0) {
        return part;
      }
    }
    return null;
  }

  private @Nullable Part longest() {
    Part longest = null;
    for (Part part : parts) {
      if (part.left > 0 && (longest == null || part.left > longest.left)) {
        longest = part;
      }
    }
    return longest;
  }

  /** The bytes that no one has taken yet. */
  synchronized long remainingBytes() {
    long bytes = 0;
    for (Part part : parts) {
      for (int piece = 0; piece < part.output().pieces(); piece++) {
        bytes += part.taken.get(piece) ? 0 : part.output().length(piece);
      }
    }
    return bytes;
  }
}
