package io.medforge.forge.repository;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * A disk as Java sees it. A new name is given by a hard link, which fails if the name is taken, on
 * local and network file systems alike: this is the compare-and-set that everything else rests on.
 * Where the file system has no links, an exclusive lock on a file beside the target stands in,
 * which the operating system gives back when a process dies.
 */
final class LocalDisk implements Disk {
  @Override
  public void makeFolder(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path above = folder.toAbsolutePath().getParent();
    if (above != null) {
      makeFolder(above);
    }
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException e) {
      return; // somebody else was first
    }
    if (above != null) {
      force(above);
    }
  }

  @Override
  public boolean create(Path target, byte[] content, Path temporaryFolder) throws IOException {
    Path temporary = write(content, temporaryFolder);
    try {
      return publish(temporary, target);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  @Override
  public boolean publish(Path file, Path target) throws IOException {
    try {
      Files.createLink(target, file);
      Files.deleteIfExists(file);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (UnsupportedOperationException | IOException e) {
      if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
      if (!Files.isDirectory(folderOf(target)) || !Files.exists(file)) {
        throw e instanceof IOException io ? io : new IOException(e);
      }
      return moveUnderLock(file, target);
    }
  }

  private static boolean moveUnderLock(Path file, Path target) throws IOException {
    Path lock = folderOf(target).resolve(".medforge.lock");
    try (FileChannel channel =
            FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      if (!held.isValid() || Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
      Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
      return true;
    }
  }

  @Override
  public void replace(Path target, byte[] content, Path temporaryFolder) throws IOException {
    Path temporary = write(content, temporaryFolder);
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    force(folderOf(target));
  }

  private static Path write(byte[] content, Path folder) throws IOException {
    Path temporary = folder.resolve(UUID.randomUUID() + ".tmp");
    try (FileChannel out =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer left = ByteBuffer.wrap(content);
      while (left.hasRemaining()) {
        out.write(left);
      }
      out.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    return temporary;
  }

  @Override
  public void force(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Windows and some network file systems cannot; their names are whole under either name.
      return;
    }
  }

  @Override
  public void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
    force(folderOf(file));
  }

  private static Path folderOf(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException("expected a file name, found a root: " + file);
    }
    return folder;
  }
}
