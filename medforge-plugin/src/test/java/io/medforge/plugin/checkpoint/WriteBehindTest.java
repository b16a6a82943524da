package io.medforge.plugin.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.Uninterruptibles;
import io.medforge.plugin.Digest;
import io.medforge.plugin.checkpoint.Journal.Written;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WriteBehindTest {
  private static final Digest WHAT = Digest.of(new byte[] {1});

  @TempDir Path folder;
  private Journal journal;
  private final ExecutorService writers = Executors.newFixedThreadPool(3);

  @BeforeEach
  void begin() throws IOException {
    journal = Journal.open(folder.resolve("journal"));
    journal.begin(WHAT);
  }

  @AfterEach
  void end() throws IOException {
    writers.shutdownNow();
    journal.close();
  }

  private static Written piece(int number) {
    return new Written(number, 0);
  }

  @Test
  void listsAPieceOnceItsFileIsForced() throws IOException {
    List<List<Written>> listed = new ArrayList<>();
    try (WriteBehind behind = WriteBehind.of(file -> listed.add(journal.read(WHAT)), journal, 0)) {
      for (int i = 0; i < 3; i++) {
        behind.wrote(i % 2, piece(i), 10);
        assertThat(journal.read(WHAT)).hasSize(i + 1).endsWith(piece(i));
      }
    }
    assertThat(listed).containsExactly(List.of(), List.of(piece(0)), List.of(piece(0), piece(1)));
  }

  @Test
  void listsAPieceThatIsWrittenWhileItsFileIsForcedTheNextTime() throws Exception {
    AtomicReference<WriteBehind> self = new AtomicReference<>();
    List<List<Written>> listed = new ArrayList<>();
    CountDownLatch second = new CountDownLatch(2);
    WriteBehind.Force force =
        file -> {
          listed.add(journal.read(WHAT));
          if (listed.size() == 1) {
            self.get().wrote(file, piece(1), 1);
          }
          second.countDown();
        };
    try (WriteBehind behind = WriteBehind.of(force, journal, 8)) {
      self.set(behind);
      behind.wrote(0, piece(0), 1);
      second.await();
    }
    assertThat(listed).containsExactly(List.of(), List.of(piece(0)));
    assertThat(journal.read(WHAT)).containsExactly(piece(0), piece(1));
  }

  @Test
  void forcesTheFileThatHasMostOnceAllTogetherHaveAnEighth() throws Exception {
    List<Integer> forced = new ArrayList<>();
    CountDownLatch once = new CountDownLatch(1);
    WriteBehind.Force force =
        file -> {
          forced.add(file);
          once.countDown();
        };
    try (WriteBehind behind = WriteBehind.of(force, journal, 80)) {
      behind.wrote(0, piece(0), 2);
      behind.wrote(1, piece(1), 2);
      behind.wrote(2, piece(2), 3);
      behind.wrote(1, piece(3), 2);
      assertThat(journal.read(WHAT)).isEmpty();
      behind.wrote(0, piece(4), 1);
      once.await();
    }
    assertThat(forced).containsExactly(1);
    assertThat(journal.read(WHAT)).containsExactly(piece(1), piece(3));
  }

  static Stream<Throwable> failures() {
    return Stream.of(
        new IOException("the disk"), new IllegalStateException("the disk"), new Error("the disk"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void tellsAllWhoWaitThatForcingFailed(Throwable failure) throws Exception {
    CountDownLatch writing = new CountDownLatch(2);
    WriteBehind behind =
        WriteBehind.of(
            file -> {
              Uninterruptibles.awaitUninterruptibly(writing);
              throwAsItIs(failure);
            },
            journal,
            0);
    List<Future<?>> both = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Written piece = piece(i);
      both.add(
          writers.submit(
              () -> {
                writing.countDown();
                behind.wrote(0, piece, 1);
                return null;
              }));
    }
    for (Future<?> writer : both) {
      assertThatThrownBy(writer::get)
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("expected to force files to the disk, found")
          .hasRootCause(failure);
    }
    assertThatThrownBy(behind::close).isInstanceOf(IOException.class).hasRootCause(failure);
    assertThat(journal.read(WHAT)).isEmpty();
  }

  private static void throwAsItIs(Throwable failure) throws IOException {
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    throw (Error) failure;
  }

  @Test
  void tellsWhoWritesThatTheJournalFailed() throws IOException {
    journal.close();
    WriteBehind behind = WriteBehind.of(file -> {}, journal, 0);
    assertThatThrownBy(() -> behind.wrote(0, piece(0), 1))
        .isInstanceOf(IOException.class)
        .hasRootCauseInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(behind::close).hasRootCauseInstanceOf(ClosedChannelException.class);
  }

  @Test
  void anInterruptEndsWaiting() throws IOException {
    CountDownLatch done = new CountDownLatch(1);
    try (WriteBehind behind =
        WriteBehind.of(file -> Uninterruptibles.awaitUninterruptibly(done), journal, 0)) {
      Thread.currentThread().interrupt();
      try {
        assertThatThrownBy(() -> behind.wrote(0, piece(0), 1))
            .isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
      } finally {
        done.countDown();
      }
    }
  }

  @Test
  void theEndEndsWaiting() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    WriteBehind behind =
        WriteBehind.of(file -> Uninterruptibles.awaitUninterruptibly(done), journal, 0);
    Future<?> writer =
        writers.submit(
            () -> {
              behind.wrote(0, piece(0), 1);
              return null;
            });
    Future<?> closing =
        writers.submit(
            () -> {
              behind.close();
              return null;
            });
    writer.get();
    done.countDown();
    closing.get();
  }

  @Test
  void keepsAnInterruptForTheCaller() throws IOException {
    try (FileChannel one =
        FileChannel.open(
            folder.resolve("one"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      WriteBehind behind = WriteBehind.of(file -> one.force(false), journal, 8);
      behind.wrote(0, piece(0), 1);
      Thread.currentThread().interrupt();
      behind.close();
      assertThat(Thread.interrupted()).isTrue();
      assertThat(one.isOpen()).isTrue();
    }
  }
}
