package io.medforge.plugin.checkpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.medforge.plugin.Digest;
import io.medforge.plugin.checkpoint.Journal.Written;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Law 7 against Jazzer. As an ordinary test it runs over the seeds; with the environment variable
 * {@code JAZZER_FUZZ=1} it starts from them and searches.
 */
class JournalFuzzTest {
  private static final Digest WHAT = Digest.of(new byte[] {1});
  private static final String FIRST = "medforge-checkpoint-journal-v3 " + WHAT + "\n";

  @TempDir static Path folder;

  static Stream<byte[]> seeds() {
    String pieces = "0 0 6877288c\n0 1 1f70181a\n12 345 ce835d6e\n";
    return Stream.of("", FIRST, FIRST + pieces, FIRST.replace("v3", "v2"), pieces, "0 0 6877288")
        .map(text -> text.getBytes(ISO_8859_1));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "30s")
  void nothingIsBelievedThatWasNotWritten(byte[] bytes) throws IOException {
    String text = new String(bytes, ISO_8859_1);
    read(text);
    assertThat(read(FIRST + text)).isTrue();
  }

  /**
   * Whether it is a journal of what is being written, whose pieces all have a line of their own.
   */
  private static boolean read(String text) throws IOException {
    Path path = folder.resolve("fuzzed");
    Files.writeString(path, text, ISO_8859_1);
    try (Journal journal = Journal.open(path)) {
      List<Written> listed = journal.read(WHAT);
      assertThat(listed != null).isEqualTo(text.startsWith(FIRST));
      if (listed == null) {
        return false;
      }
      for (Written piece : listed) {
        assertThat(text).contains("\n" + piece.tensor() + " " + piece.piece() + " ");
      }
      Written next = new Written(7, 8);
      journal.add(List.of(next));
      List<Written> all = new ArrayList<>(listed);
      all.add(next);
      assertThat(journal.read(WHAT)).isEqualTo(all);
      return true;
    }
  }
}
