package io.medforge.merge.mixture;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;

/**
 * Runs independent work on a caller's executor and on the calling thread, which takes whatever no
 * other thread has begun: so a busy, full or single-threaded executor, even the one that the caller
 * itself runs on, delays nothing and cannot deadlock.
 */
final class SideBySide {
  private SideBySide() {}

  /**
   * Returns when all work is done.
   *
   * @throws RuntimeException the failure of the first of the work that failed, in the given order
   */
  static void run(List<Runnable> work, Executor executor) {
    List<FutureTask<Boolean>> tasks =
        work.stream().map(each -> new FutureTask<>(each, Boolean.TRUE)).toList();
    for (FutureTask<Boolean> task : tasks.subList(Math.min(1, tasks.size()), tasks.size())) {
      try {
        executor.execute(task);
      } catch (RejectedExecutionException e) {
        // Full or shut down: this thread does it.
      }
    }
    // A task runs once: where another thread has begun it, this returns at once.
    tasks.forEach(FutureTask::run);
    tasks.forEach(SideBySide::await);
  }

  private static void await(FutureTask<Boolean> task) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          task.get();
          return;
        } catch (InterruptedException e) {
          // Work that has begun ends; whoever interrupted finds out afterwards.
          interrupted = true;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof RuntimeException failure) {
            throw failure;
          }
          if (e.getCause() instanceof Error failure) {
            throw failure;
          }
          throw new IllegalStateException(e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
