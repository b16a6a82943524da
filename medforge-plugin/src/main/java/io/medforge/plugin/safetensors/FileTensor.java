package io.medforge.plugin.safetensors;

import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.nio.ByteBuffer;
import java.util.Objects;

/** A tensor that stays in its file until it is read. */
final class FileTensor implements Tensor {
  private final FileSource source;
  private final DType dtype;
  private final Shape shape;
  private final long position;
  private final long bytes;

  /** The source must hold {@code bytes} bytes from {@code position} on. */
  FileTensor(FileSource source, long dataStart, TensorEntry entry) {
    this.source = source;
    this.dtype = entry.dtype();
    this.shape = entry.shape();
    this.position = dataStart + entry.begin();
    this.bytes = entry.end() - entry.begin();
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
    Objects.checkFromIndexSize(from, (long) count, bytes);
    Objects.checkFromIndexSize(offset, count, into.length);
    source.read(position + from, into, offset, count);
  }

  @Override
  public void readBytes(long from, ByteBuffer into) {
    Objects.checkFromIndexSize(from, (long) into.remaining(), bytes);
    source.read(position + from, into);
  }

  @Override
  public String toString() {
    return dtype + shape.toString() + " in " + source.path();
  }
}
