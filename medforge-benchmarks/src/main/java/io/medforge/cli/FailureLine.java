package io.medforge.cli;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/** A failure as one line for people. */
final class FailureLine {
  private FailureLine() {}

  /**
   * What went wrong.
   *
   * @param failure any
   * @return one line: the message, and the cause's where the message does not hold it already
   */
  static String of(Throwable failure) {
    String line = describe(failure);
    Throwable cause = failure.getCause();
    if (failure instanceof UncheckedIOException && cause != null) {
      String reason = describe(cause);
      boolean said =
          isBareName(cause)
              ? line.contains(cause.getClass().getSimpleName())
              : cause.getMessage() != null && line.contains(cause.getMessage());
      line = said ? line : line + ": " + reason;
    }
    return line.replaceAll("\\s*\\R\\s*", " ").strip();
  }

  private static String describe(Throwable failure) {
    String message = failure.getMessage();
    String bare = bareName(failure);
    if (bare != null) {
      return bare + (message == null ? "" : " " + message);
    }
    if (message == null || message.isBlank()) {
      return failure.getClass().getSimpleName();
    }
    return message;
  }

  private static boolean isBareName(Throwable failure) {
    return bareName(failure) != null;
  }

  /** These exceptions' messages are a file's name and nothing else. */
  private static @Nullable String bareName(Throwable failure) {
    if (failure instanceof NoSuchFileException) {
      return "no such file or folder:";
    }
    if (failure instanceof AccessDeniedException) {
      return "access denied:";
    }
    if (failure instanceof FileAlreadyExistsException) {
      return "exists already:";
    }
    if (failure instanceof NotDirectoryException) {
      return "not a folder:";
    }
    return null;
  }
}
