package io.medforge.merge.checkpoint;

import io.medforge.merge.kernel.FloatFormat;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Room for tiles, used again: as many as threads ever merged at a time. Thread-safe. */
final class TilePool {
  /**
   * Elements merged at a time: tiles of a few models, and room to convert them, stay in the cache.
   */
  static final int TILE = 16 * 1024;

  private final int sources;
  private final ConcurrentLinkedQueue<Room> free = new ConcurrentLinkedQueue<>();

  TilePool(int sources) {
    this.sources = sources;
  }

  /** What one thread needs: bytes, tiles of each source and of the result, room to convert. */
  long bytesPerThread() {
    return (4L * TILE * (2 + sources) + FloatFormat.Scratch.bytes(TILE))
        + 2L * TILE * (1 + sources);
  }

  /** One thread's room. */
  @SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
  record Room(
      ByteBuffer bytes,
      float[][] inputs,
      float[] out,
      short[][] narrowInputs,
      short[] narrowOut,
      FloatFormat.Scratch scratch) {}

  Room take() {
    Room room = free.poll();
    return room != null
        ? room
        : new Room(
            ByteBuffer.allocateDirect(4 * TILE),
            new float[sources][TILE],
            new float[TILE],
            new short[sources][TILE],
            new short[TILE],
            new FloatFormat.Scratch(TILE));
  }

  void give(Room room) {
    free.add(room);
  }
}
