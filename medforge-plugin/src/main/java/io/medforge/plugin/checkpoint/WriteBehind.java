package io.medforge.plugin.checkpoint;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Forces what was written to the disk while the rest is computed, in a thread of its own that does
 * nothing but wait for the disk. Without it the disk would be idle until the last byte is computed.
 * Thread-safe.
 */
final class WriteBehind implements AutoCloseable {
  /** Much for a disk's queue, little to wait for at the end. */
  private static final long FORCED_AT_A_TIME = 64 << 20;

  private final List<FileChannel> files;
  private final long[] unforced;
  private final Thread thread;
  private boolean ended;
  private @Nullable IOException failure;

  private WriteBehind(List<FileChannel> files) {
    this.files = List.copyOf(files);
    this.unforced = new long[files.size()];
    this.thread = new Thread(this::run, "medforge-write-behind");
  }

  /** Starts; the files stay the caller's, and open until this is closed. */
  static WriteBehind of(List<FileChannel> files) {
    WriteBehind behind = new WriteBehind(files);
    behind.thread.setDaemon(true);
    behind.thread.start();
    return behind;
  }

  /**
   * Says that so many bytes were written to a file.
   *
   * @throws IOException if forcing a file has failed
   */
  synchronized void wrote(int file, int bytes) throws IOException {
    check();
    unforced[file] += bytes;
    if (unforced[file] >= FORCED_AT_A_TIME) {
      notifyAll();
    }
  }

  private void run() {
    try {
      for (int file = next(); file >= 0; file = next()) {
        files.get(file).force(false);
      }
    } catch (IOException e) {
      failed(e);
    } catch (InterruptedException e) {
      // No one has this thread but this object, which does not interrupt it.
      failed(new IOException("the thread that forces files to the disk was interrupted", e));
    }
  }

  /** Waits for a file with enough to force; -1 at the end. */
  private synchronized int next() throws InterruptedException {
    while (!ended) {
      for (int file = 0; file < unforced.length; file++) {
        if (unforced[file] >= FORCED_AT_A_TIME) {
          unforced[file] = 0;
          return file;
        }
      }
      wait();
    }
    return -1;
  }

  private synchronized void failed(IOException e) {
    failure = e;
  }

  private synchronized void check() throws IOException {
    if (failure != null) {
      throw new IOException("expected to force files to the disk, found " + failure, failure);
    }
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }

  /**
   * Ends the thread. What was written last may not be on the disk yet.
   *
   * @throws IOException if forcing a file has failed
   */
  @Override
  public void close() throws IOException {
    end();
    Uninterruptibles.joinUninterruptibly(thread); // No file may be closed while it is forced.
    check();
  }
}
