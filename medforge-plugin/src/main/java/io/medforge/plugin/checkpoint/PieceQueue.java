package io.medforge.plugin.checkpoint;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which piece of which tensor each worker computes next. A worker stays with its tensor, since the
 * first read of a tensor may cost a pass over its sources, and then with its file, since a file
 * system lets one thread at a time write to a file. When nothing there is untouched it goes to a
 * file that the fewest are writing to, and when no tensor anywhere is, helps with the one that has
 * most pieces left. Thread-safe.
 */
final class PieceQueue {
  private final List<Part> parts;
  private final List<Shard> shards = new ArrayList<>();

  PieceQueue(List<Part> parts) {
    this.parts = parts;
    for (Part part : parts) {
      int file = part.output().file();
      while (shards.size() <= file) {
        shards.add(new Shard());
      }
      shards.get(file).untouched.add(part);
    }
  }

  /** A file of the output: what no one has begun with, and how many write to it. */
  private static final class Shard {
    private final ArrayDeque<Part> untouched = new ArrayDeque<>();
    private int workers;

    /** What an earlier run has written is left out. */
    boolean hasUntouched() {
      while (!untouched.isEmpty() && untouched.element().left == 0) {
        untouched.remove();
      }
      return !untouched.isEmpty();
    }
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
    Part part = last == null || last.part().left == 0 ? another(last) : last.part();
    return part == null ? null : new Piece(part, part.take());
  }

  private @Nullable Part another(@Nullable Piece last) {
    Shard own = last == null ? null : shardOf(last.part());
    if (own != null) {
      own.workers--;
    }
    Shard shard = own != null && own.hasUntouched() ? own : leastBusy();
    Part part = shard == null ? longest() : shard.untouched.remove();
    if (part != null) {
      shardOf(part).workers++;
    }
    return part;
  }

  private Shard shardOf(Part part) {
    return shards.get(part.output().file());
  }

  /** The first of those that have something untouched; null if none has. */
  private @Nullable Shard leastBusy() {
    Shard least = null;
    for (Shard shard : shards) {
      if (shard.hasUntouched() && (least == null || shard.workers < least.workers)) {
        least = shard;
      }
    }
    return least;
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
