package io.medforge.plugin.safetensors;

import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * A tensor that opens its file for every read, so that thousands of them hold no file open. A file
 * that is no longer the one it was is noticed by its length and time.
 */
final class ReopenedTensor implements Tensor {
  private final Path file;
  private final String name;
  private final DType dtype;
  private final Shape shape;
  private final long length;
  private final FileTime modified;

  ReopenedTensor(Path file, String name, Tensor open) {
    this.file = file;
    this.name = name;
    this.dtype = open.dtype();
    this.shape = open.shape();
    BasicFileAttributes attributes = attributes(file);
    this.length = attributes.size();
    this.modified = attributes.lastModifiedTime();
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
    BasicFileAttributes now = attributes(file);
    if (now.size() != length || !now.lastModifiedTime().equals(modified)) {
      throw new UncheckedIOException(
          new IOException(
              "expected the file as it was when it was read, found another, at " + file));
    }
    try (SafetensorsFile open = SafetensorsFile.open(file)) {
      Tensor tensor = open.tensors().get(name);
      if (tensor == null || tensor.dtype() != dtype || !tensor.shape().equals(shape)) {
        throw Place.of(file).in("tensor", name).malformed(dtype + shape.toString(), "another");
      }
      tensor.readBytes(from, into, offset, count);
    }
  }

  @Override
  public String toString() {
    return dtype + shape.toString() + " in " + file;
  }

  private static BasicFileAttributes attributes(Path file) {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class);
    } catch (IOException e) {
      throw new UncheckedIOException("expected a readable file, found " + e + ", at " + file, e);
    }
  }
}
