package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.junit.jupiter.api.Test;

class FailureLineTest {
  @Test
  void aMessageIsKeptOnOneLine() {
    assertThat(FailureLine.of(new IllegalArgumentException("expected a,\n  found b")))
        .isEqualTo("expected a, found b");
  }

  @Test
  void withoutAMessageTheNameMustDo() {
    assertThat(FailureLine.of(new ArithmeticException())).isEqualTo("ArithmeticException");
    assertThat(FailureLine.of(new IllegalStateException(" "))).isEqualTo("IllegalStateException");
  }

  @Test
  void exceptionsThatOnlyNameAFileAreSpelledOut() {
    assertThat(FailureLine.of(new NoSuchFileException("f"))).isEqualTo("no such file or folder: f");
    assertThat(FailureLine.of(new AccessDeniedException("f"))).isEqualTo("access denied: f");
    assertThat(FailureLine.of(new FileAlreadyExistsException("f"))).isEqualTo("exists already: f");
    assertThat(FailureLine.of(new NotDirectoryException("f"))).isEqualTo("not a folder: f");
  }

  @Test
  void theCauseOfAnIoFailureIsAddedOnce() {
    assertThat(FailureLine.of(new UncheckedIOException("writing f", new IOException("disk full"))))
        .isEqualTo("writing f: disk full");
    assertThat(
            FailureLine.of(
                new UncheckedIOException("writing f: disk full", new IOException("disk full"))))
        .isEqualTo("writing f: disk full");
    assertThat(FailureLine.of(new UncheckedIOException("reading f", new NoSuchFileException("f"))))
        .isEqualTo("reading f: no such file or folder: f");
  }
}
