package io.medforge.forge.repository;

import io.medforge.plugin.Digest;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A log in a plain folder. The next record's name is free until the first writer has linked a whole
 * file to it; a writer that dies leaves at most files that no record names.
 */
final class FolderStore implements Store {
  private static final Duration ABANDONED = Duration.ofDays(1);

  private final Path root;
  private final Disk disk;
  private int known;

  private FolderStore(Path root, Disk disk) {
    this.root = root;
    this.disk = disk;
  }

  static FolderStore open(Path root, Disk disk, Clock clock) throws IOException {
    FolderStore store = new FolderStore(root, disk);
    Path genesis = root.resolve(Layout.GENESIS);
    if (!Files.exists(genesis)) {
      store.checkEmpty();
      disk.makeFolder(root);
      disk.makeFolder(store.temporaryFolder());
      // Whoever comes second keeps the first one's.
      disk.create(genesis, Genesis.fresh(), store.temporaryFolder());
      disk.force(root);
    }
    disk.makeFolder(store.temporaryFolder());
    store.sweep(clock.instant());
    return store;
  }

  private void checkEmpty() throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(root)) {
      for (Path file : files) {
        if (!file.equals(temporaryFolder()) && !Files.exists(root.resolve(Layout.GENESIS))) {
          throw new IOException(
              "expected a forge or an empty folder, found " + file.getFileName() + ", at " + root);
        }
      }
    }
  }

  /** Takes away what writers left behind that died long ago. */
  private void sweep(Instant now) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(temporaryFolder())) {
      for (Path file : files) {
        try {
          if (Files.getLastModifiedTime(file).toInstant().isBefore(now.minus(ABANDONED))) {
            Files.deleteIfExists(file);
          }
        } catch (NoSuchFileException e) {
          // Its writer was faster.
        }
      }
    }
  }

  @Override
  public byte[] genesis() throws IOException {
    return Files.readAllBytes(root.resolve(Layout.GENESIS));
  }

  @Override
  public synchronized int size() {
    if (known > 0 && !isThere(Layout.record(known - 1))) {
      known = 0; // shrunk: count anew, and let the caller complain
    }
    while (isThere(Layout.record(known))) {
      known++;
    }
    return known;
  }

  private boolean isThere(String name) {
    return Files.exists(root.resolve(name), LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public byte[] record(int index) throws IOException {
    return Files.readAllBytes(root.resolve(Layout.record(index)));
  }

  @Override
  public Optional<byte[]> openings(Digest record) throws IOException {
    try {
      return Optional.of(Files.readAllBytes(root.resolve(Layout.openings(record))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public void redact(Digest record) throws IOException {
    disk.delete(root.resolve(Layout.openings(record)));
  }

  @Override
  public boolean holds(Digest object) {
    return isThere(Layout.object(object));
  }

  @Override
  public Path object(Digest object) throws IOException {
    Path file = root.resolve(Layout.object(object));
    if (!Files.isRegularFile(file)) {
      throw new FileNotFoundException("expected object " + object + ", found none, at " + root);
    }
    return file;
  }

  @Override
  public InputStream openObject(Digest object) throws IOException {
    return Files.newInputStream(object(object));
  }

  @Override
  public Path temporaryFolder() {
    return root.resolve("tmp");
  }

  @Override
  public boolean append(int expectedSize, Addition addition) throws IOException {
    if (size() != expectedSize) {
      return false;
    }
    for (NewObject object : addition.objects()) {
      Path target = root.resolve(Layout.object(object.digest()));
      makeFolderOf(target);
      if (!holds(object.digest())) {
        disk.publish(object.file(), target);
        disk.force(folderOf(target));
      }
    }
    if (addition.openings().isPresent()) {
      Path target = root.resolve(Layout.openings(Digest.of(addition.record())));
      makeFolderOf(target);
      disk.create(target, addition.openings().get(), temporaryFolder());
      disk.force(folderOf(target));
    }
    Path record = root.resolve(Layout.record(expectedSize));
    makeFolderOf(record);
    if (!disk.create(record, addition.record(), temporaryFolder())) {
      return false;
    }
    disk.force(folderOf(record));
    return true;
  }

  private void makeFolderOf(Path file) throws IOException {
    disk.makeFolder(folderOf(file));
  }

  private static Path folderOf(Path file) throws IOException {
    Path folder = file.getParent();
    if (folder == null) {
      throw new IOException("expected a file in a folder, found " + file);
    }
    return folder;
  }

  @Override
  public Optional<String> rememberedHead() throws IOException {
    try {
      return Optional.of(new String(Files.readAllBytes(headFile()), StandardCharsets.UTF_8));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public void rememberHead(String json) throws IOException {
    disk.replace(headFile(), json.getBytes(StandardCharsets.UTF_8), temporaryFolder());
  }

  private Path headFile() {
    return root.resolve("head.json");
  }

  @Override
  public void checkHistory(int index, byte[] record) {
    // A folder has no history beside the log.
  }

  @Override
  public String where() {
    return root.toString();
  }
}
