package io.medforge.merge.checkpoint;

import io.medforge.merge.kernel.FloatFormat;
import io.medforge.merge.kernel.NarrowSum;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Room for tiles, used again: as many as threads ever merged at a time. Thread-safe. */
final class TilePool {
  /**
   * Elements merged at a time: a few models' tiles, and room to convert them, in the first cache.
   */
  static final int TILE = 2 * 1024;

  /** Read of a model at a time: much for a system call, little for the second cache. */
  static final int READ_BYTES = 64 * 1024;

  private final int sources;
  private final ConcurrentLinkedQueue<Room> free = new ConcurrentLinkedQueue<>();

  TilePool(int sources) {
    this.sources = sources;
  }

  /**
   * What one thread needs: bytes and tiles of each source, the result's, room to convert and sum.
   */
  long bytesPerThread() {
    return (long) READ_BYTES * sources
        + 4L * TILE * (1 + sources)
        + FloatFormat.Scratch.bytes(TILE)
        + NarrowSum.bytes(sources);
  }

  /** One thread's room. */
  @SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
  record Room(ByteBuffer[] bytes, float[][] inputs, float[] out, FloatFormat.Scratch scratch) {}

  Room take() {
    Room room = free.poll();
    return room != null
        ? room
        : new Room(
            buffers(), new float[sources][TILE], new float[TILE], new FloatFormat.Scratch(TILE));
  }

  private ByteBuffer[] buffers() {
    ByteBuffer[] buffers = new ByteBuffer[sources];
    Arrays.setAll(
        buffers, i -> ByteBuffer.allocateDirect(READ_BYTES).order(ByteOrder.LITTLE_ENDIAN));
    return buffers;
  }

  void give(Room room) {
    free.add(room);
  }
}
