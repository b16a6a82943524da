package io.medforge.plugin.branch;

import java.time.Duration;

/**
 * Where a distillation stands after a step.
 *
 * @param step the steps done, from 1
 * @param steps of the whole distillation
 * @param elapsed since its first step began
 * @param left an estimate, from the mean duration of the steps so far
 */
public record DistillationProgress(int step, int steps, Duration elapsed, Duration left) {
  /** After a step of a distillation that began at a {@link System#nanoTime}. */
  static DistillationProgress after(int step, int steps, long began) {
    Duration elapsed = Duration.ofNanos(System.nanoTime() - began);
    return new DistillationProgress(
        step, steps, elapsed, elapsed.dividedBy(step).multipliedBy(steps - step));
  }
}
