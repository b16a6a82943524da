package io.medforge.merge.checkpoint;

import io.medforge.merge.kernel.FloatFormat;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Room for tiles, used again: as many as threads ever merged at a time. Thread-safe. */
final class TilePool {
  /** Elements merged at a time: a tile of each of four models stays in the second-level cache. */
  static final int TILE = 32 * 1024;

  private final int sources;
  private final ConcurrentLinkedQueue<Room> free = new ConcurrentLinkedQueue<>();

  TilePool(int sources) {
    this.sources = sources;
  }

  /** What one thread needs: bytes, a tile of each source, one of the result, room to convert. */
  long bytesPerThread() {
    return 4L * TILE * (2 + sources) + FloatFormat.Scratch.bytes(TILE);
  }

  /** One thread's room. */
  @SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
  record Room(ByteBuffer bytes, float[][] inputs, float[] out, FloatFormat.Scratch scratch) {}

  Room take() {
    Room room = free.poll();
    return room != null
        ? room
        : new Room(
            ByteBuffer.allocateDirect(4 * TILE),
            new float[sources][TILE],
            new float[TILE],
            new FloatFormat.Scratch(TILE));
  }

  void give(Room room) {
    free.add(room);
  }
}
