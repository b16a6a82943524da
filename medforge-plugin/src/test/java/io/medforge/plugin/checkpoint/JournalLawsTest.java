package io.medforge.plugin.checkpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.Digest;
import io.medforge.plugin.checkpoint.Journal.Written;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever becomes of a journal's bytes, it lists nothing that was not listed. */
class JournalLawsTest {
  private static final Digest WHAT = Digest.of(new byte[] {1});
  private static final int NUMBERS = 999_999_999;
  private static final byte[] PARTS = "\0\n 0123456789abcdef\u00ff".getBytes(ISO_8859_1);
  private static Path folder;
  private static Path path;

  @BeforeContainer
  static void createFolder() throws IOException {
    folder = Files.createTempDirectory("journal");
    path = folder.resolve("journal");
  }

  @AfterContainer
  static void deleteFolder() throws IOException {
    Files.deleteIfExists(path);
    Files.delete(folder);
  }

  @Provide
  Arbitrary<List<Written>> pieces() {
    Arbitrary<Integer> numbers = Arbitraries.integers().between(0, NUMBERS);
    return Combinators.combine(numbers, numbers).as(Written::new).list().ofMaxSize(20);
  }

  /** The end that a power failure or a kill leaves: less of it, or nothing but zeros. */
  @Property(tries = 150)
  void aCutOrEmptiedEndCostsItsLinesOnly(
      @ForAll("pieces") List<Written> pieces, @ForAll boolean zeros, @ForAll Random random)
      throws IOException {
    byte[] whole = write(pieces);
    int kept = random.nextInt(whole.length + 1);
    byte[] left = Arrays.copyOf(whole, kept);
    Files.write(path, zeros ? Arrays.copyOf(left, whole.length + random.nextInt(100)) : left);
    long lines = new String(left, ISO_8859_1).lines().count();
    int complete = (int) (kept > 0 && left[kept - 1] == '\n' ? lines : lines - 1);
    try (Journal journal = Journal.open(path)) {
      List<Written> read = journal.read(WHAT);
      if (complete < 1) {
        assertThat(read).isNull();
      } else {
        assertThat(read).isEqualTo(pieces.subList(0, complete - 1));
      }
    }
  }

  /** Anything in the place of anything; what is added afterwards is not lost in it. */
  @Property(tries = 150)
  void damageListsNothing(@ForAll("pieces") List<Written> pieces, @ForAll Random random)
      throws IOException {
    byte[] damaged = write(pieces);
    int from = random.nextInt(damaged.length);
    int length = 1 + random.nextInt(Math.min(200, damaged.length - from));
    for (int i = from; i < from + length; i++) {
      damaged[i] = PARTS[random.nextInt(PARTS.length)];
    }
    Files.write(path, damaged);
    try (Journal journal = Journal.open(path)) {
      List<Written> read = journal.read(WHAT);
      if (read != null) {
        assertThat(pieces).containsAll(read);
        Written next = new Written(NUMBERS, NUMBERS);
        journal.add(List.of(next));
        read.add(next);
        assertThat(journal.read(WHAT)).isEqualTo(read);
      }
    }
  }

  private static byte[] write(List<Written> pieces) throws IOException {
    try (Journal journal = Journal.open(path)) {
      journal.begin(WHAT);
      journal.add(pieces);
    }
    return Files.readAllBytes(path);
  }
}
