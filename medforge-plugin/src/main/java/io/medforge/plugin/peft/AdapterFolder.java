package io.medforge.plugin.peft;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Puts a flat folder in place whole or not at all. */
final class AdapterFolder {
  private AdapterFolder() {}

  /**
   * Writes a folder.
   *
   * @param target its final place; its parent exists
   * @param overwrite whether a folder there may be replaced, if it holds only files of these names
   * @param large the name of the file that {@code writeLarge} writes
   * @param files the other files by name
   * @throws UncheckedIOException if it cannot be written; nothing is left behind and what was there
   *     is untouched
   */
  static void write(
      Path target,
      boolean overwrite,
      String large,
      SortedMap<String, byte[]> files,
      Consumer<Path> writeLarge) {
    try {
      boolean replace = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
      if (replace) {
        checkReplaceable(target, overwrite, large, files);
      }
      Path temporary = sibling(target, ".tmp");
      Files.createDirectory(temporary);
      try {
        writeLarge.accept(temporary.resolve(large));
        for (String name : files.keySet()) {
          writeFile(temporary.resolve(name), files.getOrDefault(name, new byte[0]));
        }
        publish(temporary, target, replace);
        force(target.toAbsolutePath().getParent());
      } catch (IOException | RuntimeException | Error e) {
        delete(temporary, e);
        throw e;
      }
    } catch (FileAlreadyExistsException e) {
      throw new UncheckedIOException(Refusal.message("no folder yet", "one", target.toString()), e);
    } catch (IOException e) {
      throw new UncheckedIOException(Refusal.message("to write a folder", e, target.toString()), e);
    }
  }

  private static void checkReplaceable(
      Path target, boolean overwrite, String large, SortedMap<String, byte[]> files)
      throws IOException {
    if (!overwrite) {
      throw new FileAlreadyExistsException(target.toString());
    }
    if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("something that is no folder");
    }
    for (Path entry : list(target)) {
      String name = entry.getFileName().toString();
      boolean ours = name.equals(large) || files.containsKey(name);
      if (!ours || !Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
        throw new IOException("something else in the folder that would be lost, " + name);
      }
    }
  }

  private static void publish(Path temporary, Path target, boolean replace) throws IOException {
    if (!replace) {
      Files.move(temporary, target);
      return;
    }
    // No portable call swaps two folders; between these two moves the old one has another name.
    Path old = sibling(target, ".old");
    Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException | Error e) {
      Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
      throw e;
    }
    for (Path entry : list(old)) {
      Files.delete(entry);
    }
    Files.delete(old);
  }

  private static Path sibling(Path target, String suffix) {
    Path absolute = target.toAbsolutePath();
    String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
    return absolute.resolveSibling(".medforge-" + random + suffix);
  }

  private static void writeFile(Path file, byte[] content) throws IOException {
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
  }

  /** Makes a new name survive a power failure, where the operating system can open folders. */
  private static void force(@Nullable Path folder) {
    if (folder == null) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Windows and some network file systems cannot. The folder is whole under either name.
      return;
    }
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return new ArrayList<>(entries.sorted().toList());
    }
  }

  private static void delete(Path temporary, Throwable cause) {
    try {
      if (Files.isDirectory(temporary, LinkOption.NOFOLLOW_LINKS)) {
        for (Path entry : list(temporary)) {
          Files.delete(entry);
        }
        Files.delete(temporary);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
