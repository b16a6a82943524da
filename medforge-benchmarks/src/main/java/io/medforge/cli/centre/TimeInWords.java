package io.medforge.cli.centre;

import java.time.Duration;

/** A duration as a person would say it. */
final class TimeInWords {
  private TimeInWords() {}

  static String of(Duration time) {
    return time.toMinutes() == 0
        ? time.toSeconds() + " s"
        : time.toMinutes() + " min " + time.toSecondsPart() + " s";
  }
}
