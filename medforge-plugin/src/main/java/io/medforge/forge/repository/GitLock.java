package io.medforge.forge.repository;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One writer at a time per local Git repository, between threads and between processes. The
 * operating system gives the lock back when a process dies, but Git's own lock files would stay: so
 * whoever changes refs first notes which, and the next one takes a dead process's lock files away.
 */
final class GitLock implements AutoCloseable {
  // A file lock belongs to the whole JVM, so threads need one of their own, by place.
  private static final Map<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

  private final ReentrantLock thread;
  private final FileChannel channel;
  private final FileLock process;
  private final Path gitFolder;
  private final Path changing;

  private GitLock(
      ReentrantLock thread, FileChannel channel, FileLock process, Path gitFolder, Path changing) {
    this.thread = thread;
    this.channel = channel;
    this.process = process;
    this.gitFolder = gitFolder;
    this.changing = changing;
  }

  /** Waits for the lock. */
  static GitLock take(Path gitFolder, Path ownFolder) throws IOException {
    ReentrantLock thread =
        THREADS.computeIfAbsent(ownFolder.toRealPath(), any -> new ReentrantLock());
    thread.lock();
    try {
      FileChannel channel =
          FileChannel.open(
              ownFolder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        GitLock lock =
            new GitLock(
                thread, channel, channel.lock(), gitFolder, ownFolder.resolve("changing-refs"));
        lock.cleanUp();
        return lock;
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      thread.unlock();
      throw e;
    }
  }

  /** Notes which refs are about to change. */
  void changing(List<String> refs) throws IOException {
    Files.writeString(changing, String.join("\n", refs), StandardCharsets.UTF_8);
  }

  /** Notes that the refs are changed, or are not going to be. */
  void changed() throws IOException {
    Files.deleteIfExists(changing);
  }

  private void cleanUp() throws IOException {
    String refs;
    try {
      refs = Files.readString(changing, StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return;
    }
    for (String ref : refs.lines().toList()) {
      if (ref.startsWith("refs/") && !ref.contains("..")) {
        Files.deleteIfExists(gitFolder.resolve(ref + ".lock"));
      }
    }
    changed();
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      process.release();
    } finally {
      thread.unlock();
    }
  }
}
