package io.medforge.merge.checkpoint;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.FloatFormat;
import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A tensor of the result: every read computes what it asks for. Thread-safe. */
final class MergedTensor implements Tensor {
  private final TensorSources sources;
  private final TensorRule rule;
  private final DType dtype;
  private final FloatFormat format;
  private final boolean narrow;
  private final Optional<FusedMerge> fused;
  private volatile @Nullable TileRule prepared;

  MergedTensor(TensorSources sources, TensorRule rule, DType dtype) {
    this.sources = sources;
    this.rule = rule;
    this.dtype = dtype;
    this.format = TensorSources.format(dtype);
    this.narrow = rule.isOrderFree() && format.bytes() == 2 && sources.areNarrow();
    this.fused = FusedMerge.of(sources, rule, dtype);
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public Shape shape() {
    return sources.shape();
  }

  @Override
  public void readBytes(long from, byte[] into, int offset, int count) {
    readBytes(from, ByteBuffer.wrap(into, offset, count));
  }

  @Override
  public void readBytes(long from, ByteBuffer into) {
    int count = into.remaining();
    Objects.checkFromIndexSize(from, (long) count, dtype.byteSize(shape()));
    int width = format.bytes();
    if (from % width != 0 || count % width != 0) {
      readUnaligned(from, into, width);
      return;
    }
    TileRule tiles = prepared();
    TilePool.Room room = sources.pool().take();
    try {
      long at = from / width;
      int atATime = sources.readAtATime();
      for (int left = count / width; left > 0; ) {
        int n = Math.min(atATime, left);
        sources.load(at, n, room);
        if (fused.isPresent()) {
          check(fused.get().merge(n, into, room), at, n);
        } else {
          mergeFloats(tiles, at, n, into, room);
        }
        at += n;
        left -= n;
      }
    } finally {
      sources.pool().give(room);
    }
  }

  private void mergeFloats(
      TileRule tiles, long loaded, int count, ByteBuffer into, TilePool.Room room) {
    for (int done = 0; done < count; done += TilePool.TILE) {
      int n = Math.min(TilePool.TILE, count - done);
      boolean planar = narrow && n % 2 == 0;
      sources.decode(loaded, done, n, planar, room);
      tiles.combine(loaded + done, room.inputs(), room.out(), n);
      check(format.encode(room.out(), n, into, planar, room.scratch()), loaded + done, n);
    }
  }

  private void check(boolean inRange, long at, int count) {
    if (!inRange) {
      sources.checkFinite(at, count);
      throw new IncompatiblePluginsException(
          "expected results within the range of "
              + dtype
              + ", found greater ones among elements "
              + at
              + " to "
              + (at + count - 1)
              + ", at tensor "
              + sources.tensor());
    }
  }

  private void readUnaligned(long from, ByteBuffer into, int width) {
    int skip = (int) (from % width);
    int covering = (skip + into.remaining() + width - 1) / width * width;
    ByteBuffer whole = ByteBuffer.allocate(covering);
    readBytes(from - skip, whole);
    into.put(whole.flip().slice(skip, into.remaining()));
  }

  private TileRule prepared() {
    TileRule tiles = prepared;
    if (tiles == null) {
      synchronized (this) {
        tiles = prepared;
        if (tiles == null) {
          tiles = rule.prepare(sources);
          prepared = tiles;
        }
      }
    }
    return tiles;
  }

  @Override
  public String toString() {
    return dtype + shape().toString() + " merged of " + sources.models();
  }
}
