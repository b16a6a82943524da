package io.medforge.merge.checkpoint;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.FloatFormat;
import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
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

  /** Reads all sources from front to back, in order. */
  void read(Tiles tiles) {
    TilePool.Room room = pool.take();
    try {
      long elements = shape().elements();
      for (long from = 0; from < elements; from += TilePool.TILE) {
        int count = (int) Math.min(TilePool.TILE, elements - from);
        load(from, count, false, room);
        tiles.take(from, room.inputs(), count);
      }
    } finally {
      pool.give(room);
    }
  }

  /** Loads a tile of every source into a room's inputs. */
  void load(long from, int count, boolean planar, TilePool.Room room) {
    for (int i = 0; i < tensors.size(); i++) {
      Tensor source = tensors.get(i);
      FloatFormat format = format(source.dtype());
      var bytes = room.bytes().clear().limit(count * format.bytes());
      source.readBytes(from * format.bytes(), bytes);
      if (!format.decode(bytes.flip(), room.inputs()[i], count, planar, room.scratch())) {
        throw notFinite(i, from, count);
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
