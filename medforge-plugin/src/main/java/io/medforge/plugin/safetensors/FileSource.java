package io.medforge.plugin.safetensors;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** An open file of fixed length, read at any position by any thread. */
final class FileSource implements AutoCloseable {
  // The JDK keeps a direct buffer of the largest read per thread, so reads are kept small.
  private static final int PIECE_BYTES = 256 * 1024;

  private final Path path;
  private final FileChannel channel;
  private final long length;
  private volatile boolean closed;

  private FileSource(Path path, FileChannel channel, long length) {
    this.path = path;
    this.channel = channel;
    this.length = length;
  }

  static FileSource open(Path path) {
    // Opening a pipe would wait for its other end.
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw Place.of(path)
          .malformed("a file", Files.isDirectory(path) ? "a folder" : "something else");
    }
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      try {
        return new FileSource(path, channel, channel.size());
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("expected a readable file, found " + e + ", at " + path, e);
    }
  }

  Path path() {
    return path;
  }

  /** The file's length in bytes when it was opened. */
  long length() {
    return length;
  }

  /**
   * Reads exactly {@code count} bytes.
   *
   * @throws IllegalStateException if this source is closed
   * @throws UncheckedIOException if the file cannot be read or is no longer as long as it was
   */
  void read(long position, byte[] into, int offset, int count) {
    read(position, ByteBuffer.wrap(into, offset, count));
  }

  /**
   * Fills a buffer; a direct one is read into without a copy.
   *
   * @throws IllegalStateException if this source is closed
   * @throws UncheckedIOException if the file cannot be read or is no longer as long as it was
   */
  void read(long position, ByteBuffer into) {
    if (closed) {
      throw closedException(null);
    }
    int end = into.limit();
    try {
      if (channel.size() != length) {
        throw new EOFException("it is " + channel.size() + " bytes long");
      }
      for (long at = position; into.position() < end; ) {
        into.limit(Math.min(end, into.position() + PIECE_BYTES));
        int read = channel.read(into, at);
        if (read < 0) {
          throw new EOFException("it ends at byte " + at);
        }
        at += read;
      }
    } catch (ClosedChannelException e) {
      if (closed) {
        throw closedException(e);
      }
      throw new UncheckedIOException(
          "expected to read without interruption, found that a reading thread was interrupted,"
              + " which closes the file for all threads, at "
              + path,
          e);
    } catch (EOFException e) {
      throw new UncheckedIOException(
          "expected the "
              + length
              + " bytes that were there when it was opened, found that "
              + e.getMessage()
              + ", at "
              + path,
          e);
    } catch (IOException e) {
      throw new UncheckedIOException("expected a readable file, found " + e + ", at " + path, e);
    } finally {
      into.limit(end);
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("expected to close, found " + e + ", at " + path, e);
    }
  }

  private IllegalStateException closedException(@Nullable Throwable cause) {
    return new IllegalStateException("expected an open file, found it closed, at " + path, cause);
  }
}
