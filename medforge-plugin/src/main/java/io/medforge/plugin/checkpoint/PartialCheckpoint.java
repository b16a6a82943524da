package io.medforge.plugin.checkpoint;

import io.medforge.plugin.Digest;
import io.medforge.plugin.safetensors.FileLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A model that is being written: a folder beside the target, and a journal beside the folder. Tiles
 * may be written by several threads.
 */
final class PartialCheckpoint implements AutoCloseable {
  private final Path target;
  private final Path folder;
  private final Path journalFile;
  private final Journal journal;
  private final List<FileChannel> files = new ArrayList<>();

  private PartialCheckpoint(Path target, Path folder, Journal journal) {
    this.target = target;
    this.folder = folder;
    this.journalFile = journalOf(target);
    this.journal = journal;
  }

  static Path folderOf(Path target) {
    return target.resolveSibling("." + Checkpoint.nameOf(target) + ".medforge-partial");
  }

  static Path journalOf(Path target) {
    return target.resolveSibling("." + Checkpoint.nameOf(target) + ".medforge-journal");
  }

  /** Whether a killed run has left something. */
  static boolean exists(Path target) {
    return Files.exists(folderOf(target), LinkOption.NOFOLLOW_LINKS);
  }

  /** Takes the place; of what lies there nothing is changed yet. */
  static PartialCheckpoint open(Path target) throws IOException {
    return new PartialCheckpoint(target, folderOf(target), Journal.open(journalOf(target)));
  }

  /** Where files that were written apart are collected. */
  static Path joiningFolderOf(Path target) {
    return target.resolveSibling("." + Checkpoint.nameOf(target) + ".medforge-joining");
  }

  /** Takes the place for files that were written apart. */
  static PartialCheckpoint openJoining(Path target) throws IOException {
    return new PartialCheckpoint(target, joiningFolderOf(target), Journal.open(journalOf(target)));
  }

  /** Begins anew: files of their final length, with their headers and nothing else. */
  void begin(Digest what, Map<String, FileLayout> layouts) throws IOException {
    journal.begin(what);
    Files.createDirectory(folder);
    openFiles(layouts, StandardOpenOption.CREATE_NEW);
    int i = 0;
    for (FileLayout layout : layouts.values()) {
      FileChannel file = files.get(i++);
      ByteBuffer header = layout.header();
      if (layout.length() > header.remaining()) {
        writeFully(file, ByteBuffer.allocate(1), layout.length() - 1);
      }
      writeFully(file, header, 0);
    }
  }

  /** Goes on with what is on the disk; null if what lies here is something else. */
  @Nullable List<Journal.Written> resume(Digest what, Map<String, FileLayout> layouts)
      throws IOException {
    List<Journal.Written> written = journal.read(what);
    if (written == null || !Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    for (String name : layouts.keySet()) {
      if (!Files.isRegularFile(folder.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
        return null;
      }
    }
    openFiles(layouts, StandardOpenOption.WRITE);
    int i = 0;
    for (FileLayout layout : layouts.values()) {
      FileChannel file = files.get(i++);
      if (file.size() != layout.length()) {
        return null;
      }
      writeFully(file, layout.header(), 0);
    }
    return written;
  }

  private void openFiles(Map<String, FileLayout> layouts, StandardOpenOption how)
      throws IOException {
    for (String name : layouts.keySet()) {
      files.add(
          FileChannel.open(
              folder.resolve(name), how, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }
  }

  void write(int file, ByteBuffer bytes, long position) throws IOException {
    writeFully(files.get(file), bytes, position);
  }

  /** Forces what is written while more is, and lists it. */
  WriteBehind writeBehind(long mostBehind) {
    return WriteBehind.of(file -> files.get(file).force(false), journal, mostBehind);
  }

  /** Forces the files of tensors to the disk, and says where they are. */
  List<Path> finishTensors(Collection<String> names) throws IOException {
    for (FileChannel file : files) {
      file.force(true);
    }
    return names.stream().map(folder::resolve).toList();
  }

  /** Writes small files beside the tensors. */
  void addFiles(Map<String, byte[]> contents) throws IOException {
    for (Map.Entry<String, byte[]> file : new TreeMap<>(contents).entrySet()) {
      Path path = folder.resolve(file.getKey());
      Files.write(path, file.getValue());
      force(path);
    }
  }

  /** Puts the model in place: all on the disk first, then the name. */
  void publish(List<Path> companions, @Nullable String indexName, @Nullable String index)
      throws IOException {
    for (FileChannel file : files) {
      file.force(true);
    }
    closeFiles();
    for (Path companion : companions) {
      Path copy = folder.resolve(Checkpoint.nameOf(companion));
      Files.copy(companion, copy, StandardCopyOption.REPLACE_EXISTING);
      force(copy);
    }
    if (indexName != null && index != null) {
      Path file = folder.resolve(indexName);
      Files.writeString(file, index, StandardCharsets.UTF_8);
      force(file);
    }
    forceFolder(folder);
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("expected the place to be free, found that it was taken: " + target);
    }
    Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
    journal.close();
    Files.deleteIfExists(journalFile);
    forceFolder(target.resolveSibling(""));
  }

  /** Leaves nothing behind. */
  void discard() throws IOException {
    closeFiles();
    deleteFolder();
    journal.close();
    Files.deleteIfExists(journalFile);
  }

  void deleteFolder() throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void closeFiles() throws IOException {
    for (FileChannel file : files) {
      file.close();
    }
  }

  @Override
  public void close() throws IOException {
    closeFiles();
    journal.close();
  }

  private static void writeFully(FileChannel file, ByteBuffer bytes, long position)
      throws IOException {
    for (long at = position; bytes.hasRemaining(); ) {
      at += file.write(bytes, at);
    }
  }

  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** Makes names survive a power failure, where the operating system can open folders. */
  private static void forceFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Windows and some network file systems cannot. The model is whole under either name.
      return;
    }
  }
}
