package io.medforge.merge.fusion;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Runs tasks on an executor and gives their results in the order of the tasks. */
final class InOrder {
  private InOrder() {}

  /** The results of all inputs; the first failure, in that order, is thrown as it was. */
  static <T, R> List<R> all(ExecutorService executor, List<T> inputs, Function<T, R> task) {
    List<Future<R>> futures = new ArrayList<>();
    try {
      for (T input : inputs) {
        futures.add(executor.submit(() -> task.apply(input)));
      }
      List<R> results = new ArrayList<>();
      for (Future<R> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException("expected no checked exception from a merge", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("expected an uninterrupted merge", e);
    } finally {
      futures.forEach(future -> future.cancel(true));
    }
  }
}
