package io.medforge.plugin.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.Uninterruptibles;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointWriterTest {
  private static final String INDEX = "model.safetensors.index.json";
  private static final List<String> SHARDS = List.of("m-1.safetensors", "m-2.safetensors");
  private static final int READS_PER_MB = 16;

  @TempDir private Path folder;
  private Path source;
  private Path target;
  private Checkpoint model;

  @BeforeEach
  void writeModel() throws IOException {
    source = folder.resolve("source");
    target = folder.resolve("out/target");
    TinyModel.write(source);
    model = Checkpoint.open(source);
  }

  @AfterEach
  void close() {
    model.close();
  }

  private CheckpointWriter.Builder writer() {
    return CheckpointWriter.like(model).to(target).identity(TinyModel.IDENTITY);
  }

  private void assertCopied() throws IOException {
    for (String file : SHARDS) {
      assertThat(target.resolve(file)).hasSameBinaryContentAs(source.resolve(file));
    }
    assertThat(target.resolve("config.json")).hasSameBinaryContentAs(source.resolve("config.json"));
    try (Checkpoint copy = Checkpoint.open(target)) {
      assertThat(copy.tensors()).containsOnlyKeys("large", "middle", "none", "small");
    }
    assertThat(target.resolve(INDEX)).content().contains("\"total_size\" : " + model.byteSize());
    assertNothingBeside(List.of("target"));
  }

  private void assertNothingBeside(List<String> expected) throws IOException {
    try (Stream<Path> entries = Files.list(target.getParent())) {
      assertThat(entries.map(Checkpoint::nameOf)).containsExactlyElementsOf(expected);
    }
  }

  @Test
  void writesTheSameBytesForAnyNumberOfThreadsAndTiles() throws IOException {
    ExecutorService executor = Executors.newFixedThreadPool(3);
    try {
      for (long memory : new long[] {4 << 10, 100_000, 1 << 30}) {
        List<WriteProgress> heard = new ArrayList<>();
        CheckpointWriter writing =
            writer()
                .tensors(model.tensors())
                .memory(memory)
                .executor(executor, 3)
                .listener(heard::add)
                .build();
        WritePlan plan = writing.plan();
        assertThat(plan.peakBytes()).isBetween(1L, memory);
        assertThat(plan.files()).isEqualTo(2);
        assertThat(plan.tensors()).isEqualTo(4);
        assertThat(plan.copied()).containsExactly(source.resolve("config.json"));

        writing.write();

        assertCopied();
        WriteProgress last = heard.get(heard.size() - 1);
        assertThat(last.doneBytes()).isEqualTo(last.totalBytes()).isEqualTo(model.byteSize());
        assertThat(last.remaining().orElseThrow()).isZero();
        assertThat(last.bytesPerSecond()).isPositive();
        delete(target);
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void readsEachByteOnce() throws IOException {
    AtomicInteger reads = new AtomicInteger();
    writer().tensors(TinyModel.watched(model, reads::incrementAndGet)).build().write();
    // 9 MB and 6 bytes in pieces of 8 MB and tiles of 64 KiB, 9 MB, and one small tensor.
    assertThat(reads).hasValue((9 * READS_PER_MB + 1) + 9 * READS_PER_MB + 1);
    assertCopied();
  }

  /** With every piece on the disk before the next is begun. */
  private boolean isKilledAt(int read) throws Exception {
    return TinyModel.isKilled(source, target, read, 0);
  }

  private long resumedBytes() {
    List<WriteProgress> heard = new ArrayList<>();
    writer().tensors(model.tensors()).listener(heard::add).resume().build().write();
    return heard.get(0).totalBytes();
  }

  @Test
  void resumesAfterKillsWithTheSameBytes() throws Exception {
    assertThat(isKilledAt(8 * READS_PER_MB + 8)).isTrue();
    assertThat(target).doesNotExist();
    assertThat(PartialCheckpoint.folderOf(target)).isDirectory();
    assertThatThrownBy(() -> writer().tensors(model.tensors()).build().write())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found that of a killed run");
    assertThat(isKilledAt(READS_PER_MB + 2)).isTrue();
    try (Journal journal = Journal.open(PartialCheckpoint.journalOf(target))) {
      // A third piece of the first tensor and a fifth tensor, which the model has not.
      journal.add(List.of(new Journal.Written(0, 2), new Journal.Written(4, 0)));
    }

    // The first two pieces, of 8 MB and 1 MB, were on the disk before the kills.
    assertThat(resumedBytes()).isEqualTo(model.byteSize() - (9 << 20) - 6);
    assertCopied();
  }

  @Test
  void computesAgainWhatMayNotBeOnTheDisk() throws Exception {
    assertThat(TinyModel.isKilled(source, target, 18 * READS_PER_MB, WriteBehind.MOST_BYTES))
        .isTrue();
    overwrite(1000, 100);
    assertThat(resumedBytes()).isEqualTo(model.byteSize());
    assertCopied();
  }

  @Test
  void doesNotReadAgainWhatTheJournalLists() throws Exception {
    assertThat(isKilledAt(12 * READS_PER_MB)).isTrue();
    overwrite(1000, 100);
    assertThat(resumedBytes()).isEqualTo(9 << 20); // The tensor in which it was killed.
    byte[] shard = Files.readAllBytes(target.resolve(SHARDS.get(0)));
    assertThat(Arrays.copyOfRange(shard, 1000, 1100)).containsOnly(0);
  }

  private void overwrite(int from, int bytes) throws IOException {
    Path shard = PartialCheckpoint.folderOf(target).resolve(SHARDS.get(0));
    try (FileChannel damaged = FileChannel.open(shard, StandardOpenOption.WRITE)) {
      damaged.write(ByteBuffer.allocate(bytes), from);
    }
  }

  @Test
  void refusesToResumeAnotherMerge() throws Exception {
    assertThat(isKilledAt(12 * READS_PER_MB)).isTrue();
    assertThatThrownBy(
            () ->
                CheckpointWriter.like(model)
                    .to(target)
                    .identity(Digest.of(new byte[] {2}))
                    .tensors(model.tensors())
                    .resume()
                    .build()
                    .write())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected a partial run of the same merge");
    assertThat(PartialCheckpoint.folderOf(target)).isDirectory();
    Path journal = PartialCheckpoint.journalOf(target);
    String earlier = Files.readString(journal).replaceFirst("-v3 ", "-v2 ");
    for (String other : List.of(earlier, "nonsense\n", "")) {
      Files.writeString(journal, other);
      assertThatThrownBy(() -> writer().tensors(model.tensors()).resume().build().write())
          .hasMessageContaining("expected a partial run of the same merge");
    }
  }

  @Test
  void writesTheSameBytesWhenEachPieceIsWaitedFor() throws IOException {
    ExecutorService executor = Executors.newFixedThreadPool(3);
    try {
      writer().tensors(model.tensors()).executor(executor, 3).mostBehind(0).build().write();
    } finally {
      executor.shutdownNow();
    }
    assertCopied();
  }

  @Test
  void cancellingLeavesNothing() throws IOException {
    AtomicInteger tiles = new AtomicInteger();
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try {
      assertThatThrownBy(
              () ->
                  writer()
                      .tensors(model.tensors())
                      .executor(executor, 2)
                      .mostBehind(0)
                      .cancelWhen(() -> tiles.incrementAndGet() > 40)
                      .build()
                      .write())
          .isInstanceOf(CancellationException.class);
    } finally {
      executor.shutdownNow();
    }
    assertNothingBeside(List.of());
  }

  @Test
  void failingLeavesNothing() throws IOException {
    AtomicInteger reads = new AtomicInteger();
    Runnable full =
        () -> {
          if (reads.incrementAndGet() == 11 * READS_PER_MB) {
            throw new UncheckedIOException(new IOException("no space left on device"));
          }
        };
    assertThatThrownBy(() -> writer().tensors(TinyModel.watched(model, full)).build().write())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("no space left");
    assertNothingBeside(List.of());
  }

  @Test
  void waitsForThoseAtWorkIfAnExecutorTakesNoMore() throws IOException {
    CountDownLatch refused = new CountDownLatch(1);
    ExecutorService one =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            (task, pool) -> {
              refused.countDown();
              throw new RejectedExecutionException("no more");
            });
    Runnable afterwards = () -> Uninterruptibles.awaitUninterruptibly(refused);
    try {
      assertThatThrownBy(
              () ->
                  writer()
                      .tensors(TinyModel.watched(model, afterwards))
                      .executor(one, 2)
                      .build()
                      .write())
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessage("no more")
          .hasNoSuppressedExceptions();
    } finally {
      one.shutdownNow();
    }
    assertNothingBeside(List.of());
  }

  @Test
  void seesAFullDiskBeforeItWrites() throws IOException {
    AtomicInteger reads = new AtomicInteger();
    SortedMap<String, Tensor> tensors = TinyModel.watched(model, reads::incrementAndGet);
    assertThatThrownBy(() -> writer().tensors(tensors).freeSpace(place -> 18 << 20).build().write())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("bytes of free space, found " + (18 << 20));
    assertThat(reads).hasValue(0);
    assertNothingBeside(List.of());
  }

  @Test
  void refusesATakenPlaceAndASecondWriter() throws IOException {
    Files.createDirectories(target);
    assertThatThrownBy(() -> writer().tensors(model.tensors()).build().write())
        .hasMessage("expected no output yet, found one, at " + target);
    Files.delete(target);
    List<Throwable> second = new ArrayList<>();
    Runnable inside =
        () -> {
          if (second.isEmpty()) {
            second.add(new AssertionError("none"));
            try {
              writer().tensors(model.tensors()).resume().build().write();
            } catch (IllegalStateException e) {
              second.set(0, e);
            }
          }
        };
    writer().tensors(TinyModel.watched(model, inside)).build().write();
    assertThat(second.get(0)).hasMessageContaining("found another at work");
    assertCopied();
  }

  @Test
  void writesFilesThatSayWhatWasWrittenInPlaceOfTheModelsOwn() throws IOException {
    Set<String> names = Set.of("config.json", "record.txt");
    CheckpointWriter writing =
        writer()
            .tensors(model.tensors())
            .beside(
                names,
                written -> {
                  byte[] digest = BaseModel.digestOf(written).toString().getBytes(UTF_8);
                  return Map.of("record.txt", digest);
                })
            .build();
    assertThat(writing.plan().copied()).isEmpty();
    writing.write();
    assertThat(target.resolve("record.txt"))
        .hasContent(BaseModel.digestOf(model.tensors()).toString());
    assertThat(target.resolve("config.json")).doesNotExist();
    delete(target);
    assertThatThrownBy(
            () ->
                writer()
                    .tensors(model.tensors())
                    .beside(names, written -> Map.of("other.txt", new byte[0]))
                    .build()
                    .write())
        .hasMessageContaining("found [other.txt]");
    assertNothingBeside(List.of());
    assertThatThrownBy(() -> writer().beside(Set.of("../x"), written -> Map.of()))
        .hasMessageContaining("expected a file name of letters, digits");
    assertThatThrownBy(() -> writer().beside(Set.of(INDEX), written -> Map.of()))
        .hasMessageContaining("that is none of tensors");
  }

  @Test
  void checksItsSettings() {
    SortedMap<String, Tensor> fewer = new TreeMap<>(model.tensors());
    fewer.remove("small");
    assertThatThrownBy(() -> writer().tensors(fewer).build())
        .hasMessageContaining("found others: \"small\" is missing");
    assertThatThrownBy(() -> writer().tensors(model.tensors()).memory(100).build())
        .hasMessageContaining("expected a memory budget of at least 4096 bytes, found 100");
    assertThatThrownBy(() -> CheckpointWriter.like(model).to(target).build())
        .hasMessage("expected identity(...), found it not set");
    assertThatThrownBy(() -> writer().to(target))
        .hasMessage("expected to(...) once, found it twice");
    assertThat(
            writer()
                .tensors(model.tensors())
                .workingBytes(1 << 20)
                .memory(3 << 20)
                .build()
                .plan()
                .parallelism())
        .isEqualTo(1);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
