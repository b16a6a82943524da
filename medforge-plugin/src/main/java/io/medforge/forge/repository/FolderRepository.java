package io.medforge.forge.repository;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;

/**
 * A repository in a plain folder, local or shared, for sites without Git.
 *
 * <p>Processes and machines that share the folder need no lock: the next record's name can be taken
 * once, by a hard link, which is atomic on local file systems, NFS and SMB. Where a file system has
 * no hard links (FAT), a lock on {@code .medforge.lock} stands in, which protects processes of one
 * machine, and of several if the file system's locks reach that far. A process killed at any point,
 * and a full disk, leave the log as it was before or after; what they leave in {@code tmp} is taken
 * away a day later.
 */
public final class FolderRepository {
  private FolderRepository() {}

  /**
   * Opens a repository, and makes one where there is none.
   *
   * @param folder the repository's folder; new, empty or a repository
   * @return the repository
   * @throws UncheckedIOException if the folder holds something else or cannot be used
   * @throws io.medforge.plugin.MalformedPluginException if its first file is of another format
   */
  public static RecordedRepository open(Path folder) {
    return open(folder, new LocalDisk(), Clock.systemUTC());
  }

  static RecordedRepository open(Path folder, Disk disk, Clock clock) {
    try {
      return RecordedRepository.of(FolderStore.open(folder, disk, clock), clock);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "expected a repository's folder, found " + e + ", at " + folder, e);
    }
  }
}
