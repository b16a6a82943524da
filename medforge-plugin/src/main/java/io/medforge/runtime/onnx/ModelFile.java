package io.medforge.runtime.onnx;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/** Puts a file in place whole or not at all. */
final class ModelFile {
  private ModelFile() {}

  /** Writes a file; what was there remains if that fails. */
  static void replace(Path file, byte[] bytes) {
    Path target = file.toAbsolutePath();
    Path directory = target.getParent();
    if (directory == null) {
      throw new IllegalArgumentException("expected a file to write, found " + file);
    }
    try {
      // Not createTempFile, whose files only their owner may read, whatever the folder's custom.
      Path temporary =
          directory.resolve(
              ".medforge-" + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".tmp");
      try {
        try (FileChannel channel =
            FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          ByteBuffer remaining = ByteBuffer.wrap(bytes);
          while (remaining.hasRemaining()) {
            channel.write(remaining);
          }
          channel.force(true);
        }
        Files.move(
            temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the model " + file, e);
    }
  }
}
