package io.medforge.plugin.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.Digest;
import io.medforge.plugin.checkpoint.Journal.Written;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** However writers and disk take turns. */
class WriteBehindLawsTest {
  private static final Digest WHAT = Digest.of(new byte[] {1});
  private static final int LARGEST = 20;
  private static Path folder;
  private static Path path;

  @BeforeContainer
  static void createFolder() throws IOException {
    folder = Files.createTempDirectory("write-behind");
    path = folder.resolve("journal");
  }

  @AfterContainer
  static void deleteFolder() throws IOException {
    Files.deleteIfExists(path);
    Files.delete(folder);
  }

  /** A disk that holds only what was written before a file was forced. */
  private static final class Disk implements WriteBehind.Force {
    private final Journal journal;
    private final List<Integer> sizes;
    private final int files;
    private final long limit;
    private final Set<Integer> written = new HashSet<>();
    private final Set<Integer> forced = new HashSet<>();
    private int bytes;

    Disk(Journal journal, List<Integer> sizes, int files, long limit) {
      this.journal = journal;
      this.sizes = sizes;
      this.files = files;
      this.limit = limit;
    }

    int fileOf(int piece) {
      return piece * 7 % files;
    }

    synchronized void write(int piece) {
      written.add(piece);
      bytes += sizes.get(piece);
      assertThat(bytes).isLessThanOrEqualTo((int) limit);
    }

    @Override
    public void file(int number) throws IOException {
      List<Integer> before = writtenTo(number);
      assertListedIsForced(); // Takes time, in which more is written.
      synchronized (this) {
        for (int piece : before) {
          bytes -= forced.add(piece) ? sizes.get(piece) : 0;
        }
      }
    }

    private synchronized List<Integer> writtenTo(int file) {
      return written.stream().filter(piece -> fileOf(piece) == file).toList();
    }

    /** Called by one thread at a time. */
    Set<Integer> assertListedIsForced() throws IOException {
      Set<Integer> listed = new HashSet<>();
      for (Written piece : journal.read(WHAT)) {
        assertThat(listed.add(piece.tensor())).as("listed once").isTrue();
      }
      assertThat(forced).containsAll(listed);
      return listed;
    }
  }

  @Property(tries = 100)
  void onlyWhatIsOnTheDiskIsListedAndTheRestIsBounded(
      @ForAll @IntRange(min = 1, max = 3) int threads,
      @ForAll @IntRange(min = 1, max = 40) int files,
      @ForAll @IntRange(max = 100) int most,
      @ForAll @Size(max = 60) List<@IntRange(min = 1, max = LARGEST) Integer> sizes)
      throws Exception {
    try (Journal journal = Journal.open(path)) {
      journal.begin(WHAT);
      Disk disk = new Disk(journal, sizes, files, most + (long) threads * LARGEST);
      try (WriteBehind behind = WriteBehind.of(disk, journal, most)) {
        writeAll(disk, behind, threads);
      }
      Set<Integer> listed = disk.assertListedIsForced();
      int rest = 0;
      for (int piece = 0; piece < sizes.size(); piece++) {
        rest += listed.contains(piece) ? 0 : sizes.get(piece);
      }
      assertThat(rest).isLessThanOrEqualTo(most);
    }
  }

  private static void writeAll(Disk disk, WriteBehind behind, int threads) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      AtomicInteger next = new AtomicInteger();
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        writers.add(
            executor.submit(
                () -> {
                  for (int piece = next.getAndIncrement();
                      piece < disk.sizes.size();
                      piece = next.getAndIncrement()) {
                    disk.write(piece);
                    behind.wrote(disk.fileOf(piece), new Written(piece, 0), disk.sizes.get(piece));
                  }
                  return null;
                }));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
    } finally {
      executor.shutdownNow();
    }
  }
}
