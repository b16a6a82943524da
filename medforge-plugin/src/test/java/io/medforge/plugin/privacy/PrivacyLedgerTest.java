package io.medforge.plugin.privacy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.plugin.Digest;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivacyLedgerTest {
  private static final PrivacyLoss BUDGET = new PrivacyLoss(3, 1e-5);
  private static final SampledGaussian SGD = new SampledGaussian(0.01, 1.1, 1000);

  @TempDir private Path folder;
  private Path file;
  private PrivacyLedger ledger;

  @BeforeEach
  void start() {
    file = folder.resolve("privacy.jsonl");
    ledger = PrivacyLedger.create(file, "st-anna", BUDGET);
  }

  static PrivacyRelease release(String name, String cohort, SampledGaussian... mechanisms) {
    return new PrivacyRelease(
        name, cohort, Digest.of(name.getBytes(StandardCharsets.UTF_8)), List.of(mechanisms));
  }

  @Test
  void addsUpWithinACohortAndNotAcross() {
    PrivacyLoss one = ledger.record(release("lung:1", "ct", SGD));
    PrivacyLoss two = ledger.record(release("lung:2", "ct", SampledGaussian.once(4)));
    PrivacyLoss other = ledger.record(release("skin:1", "photographs", SGD));

    assertThat(one.epsilon()).isCloseTo(1.7253, within(5.1e-5));
    assertThat(two).isEqualTo(RenyiCurve.of(SGD, SampledGaussian.once(4)).spend(1e-5));
    assertThat(other).isEqualTo(one);
    assertThat(ledger.spent("ct")).isEqualTo(two);
    assertThat(ledger.spent("nobody").epsilon()).isZero();
    PrivacyLedger reopened = PrivacyLedger.open(file);
    assertThat(reopened.releases()).isEqualTo(ledger.releases()).hasSize(3);
    assertThat(reopened.centre()).isEqualTo("st-anna");
    assertThat(reopened.budget()).isEqualTo(BUDGET);
    assertThat(reopened.spent("ct")).isEqualTo(two);
  }

  @Test
  void refusesTheReleaseThatWouldOverspendByName() throws Exception {
    ledger.record(release("lung:1", "ct", SGD));
    byte[] before = Files.readAllBytes(file);

    assertThatThrownBy(() -> ledger.record(release("lung:2", "ct", SampledGaussian.once(1))))
        .isInstanceOf(PrivacyBudgetException.class)
        .hasMessageContainingAll("lung:2", "ct", "epsilon 3.0", "1.72");
    assertThatThrownBy(() -> ledger.requireWithin("ct", List.of(SampledGaussian.once(1))))
        .isInstanceOf(PrivacyBudgetException.class);
    assertThatThrownBy(() -> ledger.record(release("open:1", "ct")))
        .isInstanceOf(PrivacyBudgetException.class)
        .hasMessageContaining("Infinity");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    assertThat(ledger.requireWithin("ct", List.of(SampledGaussian.once(8))).epsilon())
        .isLessThan(3);
  }

  @Test
  void recordsTheSameReleaseOnceAndNoOtherOfItsName() {
    ledger.record(release("lung:1", "ct", SGD));
    ledger.record(release("lung:1", "ct", SGD));

    assertThat(ledger.releases()).hasSize(1);
    assertThatThrownBy(() -> ledger.record(release("lung:1", "ct", SampledGaussian.once(9))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lung:1");
  }

  @Test
  void noticesEveryChangedByte() throws Exception {
    ledger.record(release("lung:1", "ct", SampledGaussian.once(8)));
    ledger.record(release("lung:2", "ct", SampledGaussian.once(8)));
    byte[] bytes = Files.readAllBytes(file);
    int lastLine = new String(bytes, StandardCharsets.UTF_8).lastIndexOf("\n{");
    for (int i = 0; i < bytes.length; i++) {
      byte[] changed = bytes.clone();
      changed[i] ^= 1;
      Files.write(file, changed);
      if (i <= lastLine) {
        assertThatThrownBy(() -> PrivacyLedger.open(file))
            .isInstanceOf(DamagedLedgerException.class);
      } else {
        // The last line has no successor: only who knows its digest notices.
        assertThatThrownBy(() -> PrivacyLedger.openAt(file, Digest.parse(head(bytes))))
            .isInstanceOf(DamagedLedgerException.class);
      }
    }
  }

  private static String head(byte[] bytes) {
    List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
    return Digest.of(lines.get(lines.size() - 1).getBytes(StandardCharsets.UTF_8)).toString();
  }

  @Test
  void noticesMissingMovedAndRepeatedLines() throws Exception {
    for (int i = 1; i <= 3; i++) {
      ledger.record(release("lung:" + i, "ct", SampledGaussian.once(20)));
    }
    Digest head = ledger.head();
    List<String> lines = Files.readAllLines(file);
    List<String> swapped = new ArrayList<>(lines);
    Collections.swap(swapped, 1, 2);
    List<String> shorter = new ArrayList<>(lines);
    shorter.remove(1);
    List<String> twice = new ArrayList<>(lines);
    twice.add(lines.get(3));
    for (List<String> broken : List.of(swapped, shorter, twice, lines.subList(1, 4))) {
      Files.write(file, broken);
      assertThatThrownBy(() -> PrivacyLedger.open(file))
          .isInstanceOf(DamagedLedgerException.class)
          .hasMessageContaining("line");
    }
    Files.write(file, lines.subList(0, 3));
    assertThat(PrivacyLedger.open(file).releases()).hasSize(2);
    assertThatThrownBy(() -> PrivacyLedger.openAt(file, head))
        .isInstanceOf(DamagedLedgerException.class)
        .hasMessageContaining("missing");
    Files.write(file, lines);
    assertThat(PrivacyLedger.openAt(file, head).releases()).hasSize(3);
  }

  @Test
  void threadsLoseNothing() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      List<Callable<PrivacyLoss>> calls = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        int number = i;
        calls.add(() -> ledger.record(release("r" + number, "ct", SampledGaussian.once(50))));
      }
      for (Future<PrivacyLoss> call : executor.invokeAll(calls)) {
        call.get();
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(PrivacyLedger.open(file).releases()).hasSize(24);
    assertThat(remains()).containsExactly("privacy.jsonl", "privacy.jsonl.lock");
  }

  @Test
  void processesLoseNothing() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (String name : List.of("one", "two", "three")) {
      processes.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  RecordingProcess.class.getName(),
                  file.toString(),
                  name)
              .inheritIO()
              .start());
    }
    for (Process process : processes) {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).isZero();
    }
    assertThat(PrivacyLedger.open(file).releases()).hasSize(3 * RecordingProcess.RELEASES);
  }

  private List<String> remains() throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void refusesWhatIsNoLedger() throws Exception {
    assertThatThrownBy(() -> PrivacyLedger.create(file, "st-anna", BUDGET))
        .isInstanceOf(UncheckedIOException.class);
    assertThatThrownBy(() -> PrivacyLedger.open(folder.resolve("none")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("none");
    assertThatThrownBy(
            () ->
                PrivacyLedger.create(
                    folder.resolve("b"),
                    "st-anna",
                    new PrivacyLoss(Double.POSITIVE_INFINITY, 1e-5)))
        .hasMessageContaining("bound");
    assertThatThrownBy(() -> PrivacyLedger.create(folder.resolve("b"), "a\nb", BUDGET))
        .hasMessageContaining("centre");
    assertThatThrownBy(() -> release("a\nb", "ct", SGD)).hasMessageContaining("release");
    for (String text : List.of("", "\n", "{}\n", "null\n", "{", "[1]\n", "{\"a\":1,\"a\":2}\n")) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> PrivacyLedger.open(file)).isInstanceOf(DamagedLedgerException.class);
    }
    Files.write(file, new byte[] {(byte) 0xff, '\n'});
    assertThatThrownBy(() -> PrivacyLedger.open(file)).isInstanceOf(DamagedLedgerException.class);
  }
}
