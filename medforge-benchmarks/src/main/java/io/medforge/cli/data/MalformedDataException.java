package io.medforge.cli.data;

import org.jspecify.annotations.Nullable;

/** Data of another form than expected. The message names the place and never a patient's value. */
public final class MalformedDataException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private MalformedDataException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  static MalformedDataException of(String expected, String found, String place) {
    return new MalformedDataException(
        "expected " + expected + ", found " + found + ", at " + place, null);
  }

  static MalformedDataException of(
      String expected, String found, String place, Throwable withoutValues) {
    return new MalformedDataException(
        "expected " + expected + ", found " + found + ", at " + place, withoutValues);
  }
}
