package io.medforge.merge.checkpoint;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.FloatFormat;
import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * What one tensor is merged of: the tensors of that name, of one shape, each of a type that is read
 * as floats. Immutable.
 *
 * @param tensor the tensor's name
 * @param models the models' names
 * @param tensors one of each model
 * @param pool room for tiles
 */
record TensorSources(String tensor, List<String> models, List<Tensor> tensors, TilePool pool) {
  /** Takes elements {@code from} on of every source. */
  @FunctionalInterface
  interface Tiles {
    void take(long from, float[][] x, int count);
  }

  Shape shape() {
    return tensors.get(0).shape();
  }

  /** Whether all are of 16 bits, so that tiles can be planar. */
  boolean areNarrow() {
    return tensors.stream().allMatch(t -> t.dtype().bits() == 16);
  }

  /** How many elements are read at a time: of every source at most what its buffer holds. */
  int readAtATime() {
    int widest = 2;
    for (Tensor source : tensors) {
      widest = Math.max(widest, format(source.dtype()).bytes());
    }
    return TilePool.READ_BYTES / widest;
  }

  /** Takes tiles in order until it has seen enough: gives whether it wants more. */
  @FunctionalInterface
  interface TilesWanted {
    boolean take(long from, float[][] x, int count);
  }

  /** Reads all sources from front to back, in order. */
  void read(Tiles tiles) {
    read(false, all(tiles));
  }

  /** Reads all sources, tiles in order, elements of a tile in any, the same for all sources. */
  void readInAnyOrder(Tiles tiles) {
    read(areNarrow(), all(tiles));
  }

  private static TilesWanted all(Tiles tiles) {
    return (from, x, count) -> {
      tiles.take(from, x, count);
      return true;
    };
  }

  /** Reads all sources from front to back, in order, as far as wanted. */
  void readWhile(TilesWanted tiles) {
    read(false, tiles);
  }

  private void read(boolean planar, TilesWanted tiles) {
    TilePool.Room room = pool.take();
    try {
      long elements = shape().elements();
      int atATime = readAtATime();
      boolean wanted = true;
      for (long from = 0; from < elements && wanted; from += atATime) {
        int count = (int) Math.min(atATime, elements - from);
        load(from, count, room);
        for (int done = 0; done < count && wanted; done += TilePool.TILE) {
          int n = Math.min(TilePool.TILE, count - done);
          decode(from, done, n, planar && n % 2 == 0, room);
          wanted = tiles.take(from + done, room.inputs(), n);
        }
      }
    } finally {
      pool.give(room);
    }
  }

  /** Loads the bytes of every source's elements {@code from} on, at most a reading's. */
  void load(long from, int count, TilePool.Room room) {
    for (int i = 0; i < tensors.size(); i++) {
      Tensor source = tensors.get(i);
      int width = format(source.dtype()).bytes();
      source.readBytes(from * width, room.bytes()[i].clear().limit(count * width));
    }
  }

  /** Decodes a tile of every source, {@code skip} elements into what was loaded. */
  void decode(long loaded, int skip, int count, boolean planar, TilePool.Room room) {
    for (int i = 0; i < tensors.size(); i++) {
      FloatFormat format = format(tensors.get(i).dtype());
      ByteBuffer bytes = room.bytes()[i].position(skip * format.bytes());
      if (!format.decode(bytes, room.inputs()[i], count, planar, room.scratch())) {
        throw notFinite(i, loaded + skip, count);
      }
    }
  }

  /** The complaint about the first element of a source that is no finite number. */
  private IncompatiblePluginsException notFinite(int source, long from, int count) {
    float[] x = new float[count];
    tensors.get(source).read(from, x, 0, count);
    for (int i = 0; i < count; i++) {
      if (!Float.isFinite(x[i])) {
        return new IncompatiblePluginsException(
            "expected finite values, found "
                + x[i]
                + " at element "
                + (from + i)
                + ", at tensor "
                + tensor
                + " of "
                + models.get(source));
      }
    }
    throw new IllegalStateException("expected " + tensor + " not to change while it is read");
  }

  /** Throws if an element of a source's tile is no finite number. */
  void checkFinite(long from, int count) {
    for (int i = 0; i < tensors.size(); i++) {
      float[] x = new float[count];
      tensors.get(i).read(from, x, 0, count);
      for (int j = 0; j < count; j++) {
        if (!Float.isFinite(x[j])) {
          throw notFinite(i, from, count);
        }
      }
    }
  }

  static boolean isReal(DType dtype) {
    return dtype == DType.F32 || dtype == DType.BF16 || dtype == DType.F16;
  }

  static FloatFormat format(DType dtype) {
    return switch (dtype) {
      case F32 -> FloatFormat.F32;
      case BF16 -> FloatFormat.BF16;
      case F16 -> FloatFormat.F16;
      default -> throw new IllegalStateException("expected F32, BF16 or F16, found " + dtype);
    };
  }
}
