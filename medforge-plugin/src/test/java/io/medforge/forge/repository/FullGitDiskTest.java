package io.medforge.forge.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.forge.LedgerEntry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full at any write of Git's or of ours: the log is as before or as after. */
class FullGitDiskTest {
  @TempDir private Path folder;

  @Test
  void whereverTheDiskIsFullTheLogIsWhole() throws IOException {
    int failures = 0;
    for (int at = 1; ; at++) {
      Path place = folder.resolve("forge-" + at);
      assertThat(GitRepository.at(place).open().append(0, Entries.admit(0))).isTrue();

      FullDisk disk = new FullDisk(at);
      boolean acknowledged = false;
      try {
        acknowledged = openFull(place, disk).append(1, Entries.admit(1));
      } catch (IOException | UncheckedIOException e) {
        assertThat(e).hasMessageContaining("No space left on device");
        failures++;
      }
      RecordedRepository again = GitRepository.at(place).open();
      List<LedgerEntry> left = again.entries();
      assertThat(left.size()).as("full at write %s", at).isIn(1, 2);
      if (acknowledged) {
        assertThat(left).hasSize(2);
      }
      assertThat(again.verify().broken()).as("full at write %s", at).isEmpty();
      // With space again, the same offer goes in, once, and so does the next one.
      if (left.size() == 1) {
        assertThat(again.append(1, Entries.admit(1))).isTrue();
      }
      assertThat(again.append(2, Entries.admit(2))).isTrue();
      Verification.Report report = GitRepository.at(place).open().verify();
      assertThat(report.broken()).as("full at write %s", at).isEmpty();
      assertThat(report.entries()).isEqualTo(3);
      try (Stream<Path> temporaries = Files.list(place.resolve("medforge/tmp"))) {
        assertThat(temporaries).as("full at write %s", at).isEmpty();
      }
      if (disk.writes() < at) {
        break;
      }
    }
    assertThat(failures).isGreaterThan(10);
  }

  @Test
  void aFullDiskWhileOpeningLeavesNoHalfAForge() throws IOException {
    int failures = 0;
    for (int at = 1; ; at++) {
      Path place = folder.resolve("new-" + at);
      FullDisk disk = new FullDisk(at);
      try {
        openFull(place, disk);
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("No space left on device");
        failures++;
      }
      RecordedRepository forge = GitRepository.at(place).open();
      assertThat(forge.append(0, Entries.admit(0))).as("full at write %s", at).isTrue();
      assertThat(forge.verify().broken()).as("full at write %s", at).isEmpty();
      if (disk.writes() < at) {
        break;
      }
    }
    assertThat(failures).isGreaterThan(4);
  }

  private static RecordedRepository openFull(Path place, FullDisk disk) throws IOException {
    Clock clock = Clock.systemUTC();
    FullGit git = new FullGit(place, disk);
    return RecordedRepository.of(GitStore.open(place, git, disk, null, null, clock), clock);
  }

  /** Fails before or after any object, flush and reference that is written. */
  private static final class FullGit extends FileRepository {
    private final FullDisk disk;

    FullGit(Path place, FullDisk disk) throws IOException {
      super(new FileRepositoryBuilder().setBare().setGitDir(place.toFile()).setup());
      this.disk = disk;
    }

    @Override
    public void create(boolean bare) throws IOException {
      disk.write();
      super.create(bare);
      disk.write();
    }

    @Override
    public RefUpdate updateRef(String ref, boolean detach) throws IOException {
      disk.write();
      return super.updateRef(ref, detach);
    }

    @Override
    public ObjectInserter newObjectInserter() {
      ObjectInserter inserter = super.newObjectInserter();
      return new ObjectInserter.Filter() {
        @Override
        protected ObjectInserter delegate() {
          return inserter;
        }

        @Override
        public ObjectId insert(int type, byte[] data, int offset, int length) throws IOException {
          disk.write();
          return super.insert(type, data, offset, length);
        }

        @Override
        public ObjectId insert(int type, long length, InputStream in) throws IOException {
          disk.write();
          return super.insert(type, length, in);
        }

        @Override
        public void flush() throws IOException {
          super.flush();
          disk.write();
        }
      };
    }
  }
}
