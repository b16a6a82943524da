package io.medforge.plugin.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WriteBehindTest {
  private static final int ENOUGH = 64 << 20;

  @TempDir Path folder;

  private FileChannel file(String name) throws IOException {
    return FileChannel.open(
        folder.resolve(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  @Test
  void leavesFilesOpenAndAsTheyAre() throws IOException {
    try (FileChannel one = file("one");
        FileChannel two = file("two")) {
      two.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
      try (WriteBehind behind = WriteBehind.of(List.of(one, two))) {
        behind.wrote(1, ENOUGH);
        behind.wrote(0, 1);
        behind.wrote(1, ENOUGH - 1);
        behind.wrote(1, 1);
      }
      assertThat(one.size()).isZero();
      assertThat(two.size()).isEqualTo(3);
    }
  }

  @Test
  void tellsWhoWritesOnThatForcingFailed() throws IOException {
    FileChannel gone = file("gone");
    gone.close();
    WriteBehind behind = WriteBehind.of(List.of(gone));
    assertThatThrownBy(() -> writeUntilItFails(behind))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("expected to force files to the disk")
        .hasRootCauseInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(behind::close).hasRootCauseInstanceOf(ClosedChannelException.class);
  }

  /** The other thread forces the file, which fails, whenever it comes to it. */
  private static void writeUntilItFails(WriteBehind behind) throws IOException {
    while (true) {
      behind.wrote(0, ENOUGH);
      Thread.onSpinWait();
    }
  }

  @Test
  void doesNotTouchAFileOfWhichLittleWasWritten() throws IOException {
    FileChannel gone = file("gone");
    gone.close();
    try (WriteBehind behind = WriteBehind.of(List.of(gone))) {
      behind.wrote(0, ENOUGH - 1);
    }
  }

  @Test
  void keepsAnInterruptForTheCaller() throws IOException {
    try (FileChannel one = file("one")) {
      WriteBehind behind = WriteBehind.of(List.of(one));
      Thread.currentThread().interrupt();
      behind.close();
      assertThat(Thread.interrupted()).isTrue();
      assertThat(one.isOpen()).isTrue();
    }
  }
}
