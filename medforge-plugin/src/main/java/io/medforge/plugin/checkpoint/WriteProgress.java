package io.medforge.plugin.checkpoint;

import java.time.Duration;
import java.util.Optional;

/**
 * How far the writing of a model has come. Immutable.
 *
 * @param doneBytes bytes written by this run
 * @param totalBytes bytes that this run has to write, at least {@code doneBytes}
 * @param elapsed since this run began to write
 */
public record WriteProgress(long doneBytes, long totalBytes, Duration elapsed) {
  /**
   * How fast it goes.
   *
   * @return bytes written per second; 0 at the very beginning
   */
  public double bytesPerSecond() {
    double seconds = elapsed.toNanos() / 1e9;
    return seconds > 0 ? doneBytes / seconds : 0;
  }

  /**
   * How long it will go on at this speed.
   *
   * @return the time left; empty before anything is written
   */
  public Optional<Duration> remaining() {
    double speed = bytesPerSecond();
    return speed > 0
        ? Optional.of(Duration.ofMillis((long) (1e3 * (totalBytes - doneBytes) / speed)))
        : Optional.empty();
  }
}
