package io.medforge.forge.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.forge.LedgerEntry;
import io.medforge.plugin.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flip, delete, reorder and truncate: the first broken thing is named. */
class VerificationTest {
  @TempDir private Path folder;
  private Path place;
  private RecordedRepository forge;

  @BeforeEach
  void fill() {
    place = folder.resolve("forge");
    forge = FolderRepository.open(place);
    List<LedgerEntry> all = Entries.all();
    for (int i = 0; i < all.size(); i++) {
      assertThat(forge.append(i, all.get(i))).isTrue();
    }
  }

  private Path record(int index) {
    return place.resolve(Layout.record(index));
  }

  private Verification.Report verify() {
    return Verification.of(forge).run();
  }

  @Test
  void whatNobodyTouchedIsClean() {
    Verification.Report report = verify();
    assertThat(report.broken()).isEmpty();
    assertThat(report.entries()).isEqualTo(Entries.all().size());
    assertThat(report.head()).isEqualTo(forge.treeHead());
    assertThat(report.redacted()).isZero();
  }

  @Test
  void anyFlippedBitOfAnyFileIsNamedByItsEntry() throws IOException {
    for (Path file : files()) {
      byte[] bytes = Files.readAllBytes(file);
      int step = Math.max(1, bytes.length / 7);
      for (int i = 0; i < bytes.length; i += step) {
        byte[] flipped = bytes.clone();
        flipped[i] ^= 0x10;
        Files.write(file, flipped);
        Verification.Report report = verify();
        assertThat(report.isClean()).as("byte %s of %s", i, file).isFalse();
        String name = place.relativize(file).toString();
        if (name.startsWith("log")) {
          int index = Integer.parseInt(name.substring(9, 15));
          // A whole record with other content is caught where the next one refers to it.
          int last = Entries.all().size() - 1;
          assertThat(report.broken().orElseThrow().where())
              .isIn("entry " + index, index == last ? "head" : "entry " + (index + 1));
        }
      }
      Files.write(file, bytes);
    }
    assertThat(verify().broken()).isEmpty();
  }

  @Test
  void anyDeletedFileIsMissed() throws IOException {
    for (Path file : files()) {
      if (file.toString().contains("openings") || file.endsWith("head.json")) {
        continue; // an opening may be redacted, a remembered head lost
      }
      Path aside = folder.resolve("aside");
      Files.move(file, aside);
      assertThat(verify().isClean()).as("without %s", file).isFalse();
      Files.move(aside, file);
    }
  }

  @Test
  void exchangedRecordsAreNamed() throws IOException {
    exchange(record(2), record(3));
    assertThat(verify().broken().orElseThrow().where()).isEqualTo("entry 2");
    assertThat(verify().broken().orElseThrow().message())
        .contains("expected 2, found 3 as index", "entry 2");
  }

  @Test
  void exchangedObjectsAreNamed() throws IOException {
    List<Path> objects =
        files().stream().filter(file -> file.toString().contains("objects")).toList();
    exchange(objects.get(0), objects.get(1));
    assertThat(verify().broken().orElseThrow().message())
        .contains("as the file's SHA-256", "objects/");
  }

  @Test
  void aTruncatedFileIsNamed() throws IOException {
    byte[] bytes = Files.readAllBytes(record(1));
    for (int length : new int[] {0, 1, bytes.length / 2, bytes.length - 1}) {
      Files.write(record(1), Arrays.copyOf(bytes, length));
      assertThat(verify().broken().orElseThrow().where()).isEqualTo("entry 1");
    }
  }

  @Test
  void aShortenedLogIsNoticedByWhatIsRememberedOfIt() throws IOException {
    TreeHead kept = forge.treeHead().signedBy(Entries.KEY);
    int last = Entries.all().size() - 1;
    Files.delete(record(last));
    assertThat(verify().broken().orElseThrow().message())
        .contains("expected at least the " + (last + 1) + " entries", "found " + last);
    // Whoever deletes the note as well is caught by a head kept elsewhere, and by nothing else.
    Files.delete(place.resolve("head.json"));
    assertThat(verify().broken()).isEmpty();
    Verification.Report report = Verification.of(forge).since(kept).run();
    assertThat(report.broken().orElseThrow().where()).isEqualTo("head");
    assertThatThrownBy(() -> forge.entries())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("append-only");
  }

  @Test
  void aForkIsNoticedByAHeadKeptElsewhere() throws IOException {
    TreeHead kept = forge.treeHead();
    Files.delete(record(Entries.all().size() - 1));
    Files.delete(place.resolve("head.json"));
    RecordedRepository fork = FolderRepository.open(place);
    fork.append(Entries.all().size() - 1, new LedgerEntry.Note("test", "another end"));
    assertThat(fork.verify().broken()).isEmpty();
    assertThat(Verification.of(fork).since(kept).run().broken().orElseThrow().message())
        .contains("expected the root " + kept.root());
  }

  @Test
  void aHeadOfAnotherLogOrWithAnotherSignatureIsNamed() {
    RecordedRepository other = FolderRepository.open(folder.resolve("other"));
    assertThat(Verification.of(forge).since(other.treeHead()).run().broken().orElseThrow())
        .extracting(Verification.Broken::message)
        .asString()
        .contains("expected log ");
    TreeHead signed = forge.treeHead().signedBy(Entries.KEY);
    TreeHead forged =
        new TreeHead(signed.log(), signed.size() - 1, signed.root(), signed.signature());
    assertThat(Verification.of(forge).since(forged).run().broken().orElseThrow().message())
        .contains("expected a signature over the tree head");
    assertThat(TreeHead.parse(signed.toJson(), "test")).isEqualTo(signed);
  }

  @Test
  void redactedTextIsGoneAndEverythingElseProved() throws IOException {
    TreeHead before = forge.treeHead();
    forge.redact(0);
    forge.redact(2);
    assertThat(forge.entries().get(2)).isInstanceOf(LedgerEntry.Withdraw.class);
    assertThat(((LedgerEntry.Withdraw) forge.entries().get(2)).reason()).isEqualTo("[redacted]");
    assertThat(forge.treeHead()).isEqualTo(before);
    Verification.Report report = Verification.of(forge).since(before).run();
    assertThat(report.broken()).isEmpty();
    assertThat(report.redacted()).isEqualTo(2);
    // A signature over redacted provenance is still one over what was signed.
    Path object = files().stream().filter(f -> f.toString().contains("objects")).findFirst().get();
    Files.write(object, new byte[] {1});
    assertThat(verify().isClean()).isFalse();
  }

  @Test
  void replayedResultsAreCompared() {
    Digest right = Digest.of(new byte[] {0});
    Verification.Report report =
        Verification.of(forge)
            .replaying(entries -> entries.size() == 1 ? Optional.of(right) : Optional.empty())
            .run();
    assertThat(report.broken()).isEmpty();
    assertThat(report.replayed()).isEqualTo(1);
    Digest wrong = Digest.of(new byte[] {77});
    report = Verification.of(forge).replaying(entries -> Optional.of(wrong)).run();
    assertThat(report.broken().orElseThrow().where()).isEqualTo("entry 0");
    assertThat(report.broken().orElseThrow().message())
        .contains("expected the stated result " + right, "found " + wrong);
  }

  @Test
  void everyRecordHasAnInclusionProof() {
    MerkleLog tree = forge.merkleLog();
    TreeHead head = forge.treeHead();
    for (int i = 0; i < tree.size(); i++) {
      Digest leaf = MerkleLog.leaf(forge.record(i));
      assertThat(MerkleLog.includes(leaf, i, head.size(), head.root(), tree.inclusionProof(i)))
          .isTrue();
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(place)) {
      return new ArrayList<>(files.filter(Files::isRegularFile).sorted().toList());
    }
  }

  private void exchange(Path one, Path other) throws IOException {
    Path aside = folder.resolve("aside");
    Files.move(one, aside);
    Files.move(other, one);
    Files.move(aside, other, StandardCopyOption.REPLACE_EXISTING);
  }
}
