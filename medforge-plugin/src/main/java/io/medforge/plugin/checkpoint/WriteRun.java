package io.medforge.plugin.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One run over the pieces of a model, by one or several threads; the first failure ends all. */
final class WriteRun {
  private final PartialCheckpoint partial;
  private final PieceQueue queue;
  private final int tileBytes;
  private final @Nullable Consumer<WriteProgress> listener;
  private final @Nullable BooleanSupplier cancelled;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final long total;
  private final long begun = System.nanoTime();
  private long done;

  WriteRun(
      PartialCheckpoint partial,
      PieceQueue queue,
      int tileBytes,
      @Nullable Consumer<WriteProgress> listener,
      @Nullable BooleanSupplier cancelled) {
    this.partial = partial;
    this.queue = queue;
    this.tileBytes = tileBytes;
    this.listener = listener;
    this.cancelled = cancelled;
    this.total = queue.remainingBytes();
  }

  /**
   * Computes and writes every piece, of which at most so many bytes, and a piece of each thread,
   * are not on the disk meanwhile; throws the first failure as it was.
   */
  void on(@Nullable ExecutorService executor, int parallelism, long mostBehind) throws IOException {
    try (WriteBehind behind = partial.writeBehind(mostBehind)) {
      if (executor == null) {
        work(behind);
      } else {
        List<Future<?>> workers = new ArrayList<>();
        try {
          for (int i = 0; i < parallelism; i++) {
            workers.add(executor.submit(() -> work(behind)));
          }
        } catch (RejectedExecutionException e) {
          failure.compareAndSet(null, e);
        }
        workers.forEach(this::await);
      }
      throwFailure();
    }
  }

  private void throwFailure() throws IOException {
    Throwable first = failure.get();
    if (first instanceof IOException e) {
      throw e;
    }
    if (first instanceof RuntimeException e) {
      throw e;
    }
    if (first instanceof Error e) {
      throw e;
    }
  }

  /** Waits for a worker to the end, since what it writes to is deleted next if one has failed. */
  private void await(Future<?> worker) {
    boolean interrupted = false;
    while (true) {
      try {
        worker.get();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
        failure.compareAndSet(
            null, new CancellationException("the writing thread was interrupted"));
      } catch (ExecutionException | CancellationException e) {
        failure.compareAndSet(null, e);
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(WriteBehind behind) {
    try {
      ByteBuffer tile = ByteBuffer.allocateDirect(tileBytes);
      for (PieceQueue.Piece piece = queue.next(null);
          piece != null && failure.get() == null;
          piece = queue.next(piece)) {
        write(piece, tile, behind);
      }
    } catch (IOException | RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    }
  }

  private void write(PieceQueue.Piece piece, ByteBuffer tile, WriteBehind behind)
      throws IOException {
    OutputTensor output = piece.part().output();
    int length = output.length(piece.index());
    long from = output.from(piece.index());
    for (int at = 0; at < length; ) {
      if (failure.get() != null) {
        return;
      }
      if (cancelled != null && cancelled.getAsBoolean()) {
        throw new CancellationException("cancelled; nothing was written");
      }
      int n = Math.min(tile.capacity(), length - at);
      output.tensor().readBytes(from + at, tile.clear().limit(n));
      partial.write(output.file(), tile.flip(), output.position() + from + at);
      at += n;
    }
    report(length);
    behind.wrote(output.file(), new Journal.Written(piece.part().number(), piece.index()), length);
  }

  private synchronized void report(int bytes) {
    done += bytes;
    if (listener != null) {
      listener.accept(new WriteProgress(done, total, Duration.ofNanos(System.nanoTime() - begun)));
    }
  }
}
