package io.medforge.plugin.safetensors;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Puts a file in place whole or not at all: content goes to a temporary file in the same folder and
 * to the disk, and only then gets its name.
 */
final class AtomicFile {
  private AtomicFile() {}

  /** Writes what the file is to hold. */
  @FunctionalInterface
  interface Content {
    void writeTo(WritableByteChannel out) throws IOException;
  }

  /**
   * Writes a file.
   *
   * @param target the file's final name
   * @param replace whether a file of that name may be replaced
   * @param content if it throws, nothing is left behind and a file of that name is untouched
   * @throws FileAlreadyExistsException if there is a file of that name and it may not be replaced
   * @throws IOException if the file cannot be written; nothing is left behind
   */
  static void write(Path target, boolean replace, Content content) throws IOException {
    if (!replace && Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(target.toString());
    }
    Path folder = target.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException("expected a file name, found a root: " + target);
    }
    Path temporary =
        folder.resolve(
            ".medforge-" + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".tmp");
    try (FileChannel out =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      try {
        content.writeTo(out);
        out.force(true);
      } catch (IOException | RuntimeException | Error e) {
        delete(temporary, e);
        throw e;
      }
    }
    try {
      publish(temporary, target, replace);
    } catch (IOException | RuntimeException | Error e) {
      delete(temporary, e);
      throw e;
    }
    force(folder);
  }

  private static void publish(Path temporary, Path target, boolean replace) throws IOException {
    if (replace) {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      return;
    }
    try {
      // A move would replace what another writer put here meanwhile; a link never does.
      Files.createLink(target, temporary);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (IOException | UnsupportedOperationException e) {
      // No links on this file system: a move that looks first is the best there is.
      Files.move(temporary, target);
      return;
    }
    Files.delete(temporary);
  }

  /** Makes a new name survive a power failure, where the operating system can open folders. */
  private static void force(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Windows and some network file systems cannot. The file is whole under either name.
      return;
    }
  }

  private static void delete(Path temporary, Throwable cause) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
