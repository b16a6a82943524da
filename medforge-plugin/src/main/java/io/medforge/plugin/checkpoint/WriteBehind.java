package io.medforge.plugin.checkpoint;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Forces what was written to the disk while the rest is computed, in a thread of its own that does
 * nothing but wait for the disk, and then lists it in the journal: a piece is listed only once it
 * is on the disk. Without it the disk would be idle until the last byte is computed.
 *
 * <p>Who writes waits while more than a stated amount is not listed. So what is written and not on
 * the disk, and what a kill costs, is at most that amount and one piece of each thread that writes.
 * Thread-safe.
 */
final class WriteBehind implements AutoCloseable {
  /** Half a second to a few seconds of a disk: it never waits for who computes. */
  static final long MOST_BYTES = 512L << 20;

  /** Into which the amount is cut: much for a disk's queue, little to wait for at the end. */
  private static final int PARTS = 8;

  private final Force force;
  private final Journal journal;
  private final long most;
  private final long enough;
  private final Thread thread;
  private final Map<Integer, Batch> batches = new HashMap<>();
  private long behind;
  private boolean ended;
  private @Nullable Throwable failure;

  /** Puts on the disk all that was written to a file before the call. */
  @FunctionalInterface
  interface Force {
    void file(int number) throws IOException;
  }

  /** What was written to one file and is not on the disk. */
  private static final class Batch {
    private final int file;
    private final List<Journal.Written> pieces = new ArrayList<>();
    private long bytes;

    private Batch(int file) {
      this.file = file;
    }
  }

  private WriteBehind(Force force, Journal journal, long most) {
    this.force = force;
    this.journal = journal;
    this.most = most;
    this.enough = Math.max(1, most / PARTS);
    this.thread = new Thread(this::run, "medforge-write-behind");
  }

  /** Starts; what is forced and the journal must stay open until this is closed. */
  static WriteBehind of(Force force, Journal journal, long most) {
    WriteBehind behind = new WriteBehind(force, journal, most);
    behind.thread.setDaemon(true);
    behind.thread.start();
    return behind;
  }

  /**
   * Says that a piece was written to a file, and waits while too much is not on the disk.
   *
   * @throws IOException if forcing a file, or listing what is on the disk, has failed
   * @throws CancellationException if the thread was interrupted while it waited
   */
  synchronized void wrote(int file, Journal.Written piece, int bytes) throws IOException {
    Batch batch = batches.computeIfAbsent(file, Batch::new);
    batch.pieces.add(piece);
    batch.bytes += bytes;
    behind += bytes;
    notifyAll();
    try {
      while (behind > most && failure == null && !ended) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("the writing thread was interrupted");
    }
    check();
  }

  private void run() {
    try {
      for (Batch batch = next(); batch != null; batch = next()) {
        force.file(batch.file);
        journal.add(batch.pieces);
        listed(batch);
      }
    } catch (IOException | RuntimeException | Error e) {
      failed(e);
    } catch (InterruptedException e) {
      // No one has this thread but this object, which does not interrupt it.
      failed(new IOException("the thread that forces files to the disk was interrupted", e));
    }
  }

  /**
   * Waits until all files together have enough, and gives the one that has most; null at the end.
   * Since no file is being forced meanwhile, all that is behind is in the batches: who waits above
   * has always left enough.
   */
  private synchronized @Nullable Batch next() throws InterruptedException {
    while (!ended && behind < enough) {
      wait();
    }
    if (ended) {
      return null;
    }
    Batch largest =
        Collections.max(batches.values(), Comparator.comparingLong((Batch batch) -> batch.bytes));
    batches.remove(largest.file);
    return largest;
  }

  private synchronized void listed(Batch batch) {
    behind -= batch.bytes;
    notifyAll();
  }

  private synchronized void failed(Throwable e) {
    failure = e;
    notifyAll();
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
   * Ends the thread. What was written last may be neither on the disk nor listed.
   *
   * @throws IOException if forcing a file, or listing what is on the disk, has failed
   */
  @Override
  public void close() throws IOException {
    end();
    Uninterruptibles.joinUninterruptibly(thread); // No file may be closed while it is forced.
    check();
  }
}
