package io.medforge.plugin.checkpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.Digest;
import io.medforge.plugin.checkpoint.Journal.Written;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JournalTest {
  private static final Digest WHAT = Digest.of(new byte[] {1});
  private static final List<Written> PIECES =
      List.of(new Written(0, 0), new Written(0, 1), new Written(12, 345));

  @TempDir Path folder;
  private Path path;

  @BeforeEach
  void writeJournal() throws IOException {
    path = folder.resolve("journal");
    try (Journal journal = Journal.open(path)) {
      journal.begin(WHAT);
      journal.add(PIECES.subList(0, 2));
      journal.add(PIECES.subList(2, 3));
    }
  }

  @Test
  void givesBackWhatIsListed() throws IOException {
    // The CRC-32 are Python's: zlib.crc32(b"12 345").
    assertThat(Files.readString(path))
        .isEqualTo(
            "medforge-checkpoint-journal-v3 "
                + WHAT
                + "\n0 0 6877288c\n0 1 1f70181a\n12 345 ce835d6e\n");
    try (Journal journal = Journal.open(path)) {
      assertThat(journal.read(WHAT)).isEqualTo(PIECES);
      assertThat(journal.read(Digest.of(new byte[] {2}))).isNull();
      journal.begin(WHAT);
      assertThat(journal.read(WHAT)).isEmpty();
    }
  }

  /** After what is listed: what a kill, a power failure or another hand may leave. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "1",
        "1 2",
        "1 2 ",
        "1 2 87bb2397",
        "\0\0\0\0\0\0",
        "\0\0\0\0\n",
        "1 2\n",
        "1 2 00000000\n",
        "0 1 6877288c\n",
        "\0\0\0\0 0 0 6877288c\n",
        "0 0 6877288c\0\0\n",
        "00 0 6877288c\n",
        "0 0 6877288C\n",
        "-1 0 6877288c\n",
        "99999999999 0 6877288c\n",
        "\n",
        "\n\n\r\n",
      })
  void leavesOutALineThatIsNotAsItWasWritten(String tail) throws IOException {
    Files.writeString(path, tail, ISO_8859_1, StandardOpenOption.APPEND);
    try (Journal journal = Journal.open(path)) {
      assertThat(journal.read(WHAT)).isEqualTo(PIECES);
      Written next = new Written(7, 8);
      journal.add(List.of(next));
      List<Written> all = new ArrayList<>(PIECES);
      all.add(next);
      assertThat(journal.read(WHAT)).isEqualTo(all);
    }
  }

  @Test
  void isOfOneRunAtATime() throws IOException {
    try (Journal first = Journal.open(path)) {
      assertThatThrownBy(() -> Journal.open(path))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("found another at work, at " + path);
      assertThat(first.read(WHAT)).isEqualTo(PIECES);
    }
  }
}
