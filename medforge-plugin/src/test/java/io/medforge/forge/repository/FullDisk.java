package io.medforge.forge.repository;

import java.io.IOException;
import java.nio.file.Path;

/** Fails at the n-th thing it is asked to write. */
final class FullDisk implements Disk {
  private final Disk disk = new LocalDisk();
  private final int failing;
  private int writes;

  FullDisk(int failing) {
    this.failing = failing;
  }

  /** Counts one write, which may be the one that fails. */
  void write() throws IOException {
    if (++writes == failing) {
      throw new IOException("No space left on device");
    }
  }

  @Override
  public void makeFolder(Path made) throws IOException {
    write();
    disk.makeFolder(made);
  }

  @Override
  public boolean create(Path target, byte[] content, Path temporaryFolder) throws IOException {
    write();
    boolean created = disk.create(target, content, temporaryFolder);
    write(); // written, but the writer never hears of it
    return created;
  }

  @Override
  public boolean publish(Path file, Path target) throws IOException {
    write();
    boolean published = disk.publish(file, target);
    write();
    return published;
  }

  @Override
  public void replace(Path target, byte[] content, Path temporaryFolder) throws IOException {
    write();
    disk.replace(target, content, temporaryFolder);
  }

  @Override
  public void force(Path forced) throws IOException {
    write();
    disk.force(forced);
  }

  @Override
  public void delete(Path file) throws IOException {
    write();
    disk.delete(file);
  }

  /** How many writes were asked for. */
  int writes() {
    return writes;
  }
}
