package io.medforge.forge.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.forge.LedgerEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full at any write: the log is as before or as after, never between. */
class FullDiskTest {
  @TempDir private Path folder;

  @Test
  void whereverTheDiskIsFullTheLogIsWhole() throws IOException {
    int failures = 0;
    for (int at = 1; ; at++) {
      Path place = folder.resolve("forge-" + at);
      RecordedRepository forge = FolderRepository.open(place);
      assertThat(forge.append(0, Entries.admit(0))).isTrue();

      FullDisk disk = new FullDisk(at);
      boolean acknowledged = false;
      try {
        acknowledged =
            FolderRepository.open(place, disk, Clock.systemUTC()).append(1, Entries.admit(1));
      } catch (UncheckedIOException e) {
        assertThat(e).hasMessageContaining("No space left on device");
        failures++;
      }
      List<LedgerEntry> left = FolderRepository.open(place).entries();
      assertThat(left.size()).as("full at write %s", at).isIn(1, 2);
      if (acknowledged) {
        assertThat(left).hasSize(2);
      }
      RecordedRepository again = FolderRepository.open(place);
      assertThat(again.verify().broken()).as("full at write %s", at).isEmpty();
      // With space again, the same offer goes in, once.
      if (left.size() == 1) {
        assertThat(again.append(1, Entries.admit(1))).isTrue();
      }
      assertThat(again.verify().entries()).isEqualTo(2);
      try (Stream<Path> temporaries = Files.list(place.resolve("tmp"))) {
        assertThat(temporaries).as("full at write %s", at).isEmpty();
      }
      if (disk.writes() < at) {
        break;
      }
    }
    assertThat(failures).isGreaterThan(5);
  }

  @Test
  void aFullDiskWhileOpeningLeavesNoHalfAForge() {
    for (int at = 1; at <= 4; at++) {
      Path place = folder.resolve("new-" + at);
      FullDisk disk = new FullDisk(at);
      assertThatThrownBy(() -> FolderRepository.open(place, disk, Clock.systemUTC()))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("No space left on device");
      assertThat(FolderRepository.open(place).append(0, Entries.admit(0))).isTrue();
    }
  }
}
