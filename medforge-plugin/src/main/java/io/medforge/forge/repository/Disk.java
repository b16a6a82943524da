package io.medforge.forge.repository;

import java.io.IOException;
import java.nio.file.Path;

/** What a repository asks of a disk. One method per thing that can fail half-way. */
interface Disk {
  /** Makes a folder and those above it, and makes them survive a power failure. */
  void makeFolder(Path folder) throws IOException;

  /**
   * Puts a file in place, whole and on the disk, unless there is one of that name.
   *
   * @return false if there is one; it is untouched
   */
  boolean create(Path target, byte[] content, Path temporaryFolder) throws IOException;

  /**
   * Gives a file, already on the disk, its final name, unless there is one of that name.
   *
   * @return false if there is one; it is untouched, and the file keeps its old name
   */
  boolean publish(Path file, Path target) throws IOException;

  /** Puts a file in place, whole and on the disk, in place of one of that name. */
  void replace(Path target, byte[] content, Path temporaryFolder) throws IOException;

  /** Makes names given in a folder survive a power failure. */
  void force(Path folder) throws IOException;

  /** Takes a file away. */
  void delete(Path file) throws IOException;
}
