package io.medforge.forge;

import java.util.List;

/**
 * Where a main branch is stored: an append-only list of entries that grows by compare-and-set, so
 * that several processes may write to one repository and none overwrites another. Thread-safe.
 */
public interface ForgeRepository {
  /**
   * Everything stored, oldest first.
   *
   * @return an unmodifiable list; later changes do not show in it
   * @throws java.io.UncheckedIOException if the storage cannot be read
   */
  List<LedgerEntry> entries();

  /**
   * Appends an entry if nobody else has since: after a failure the repository is as before.
   *
   * @param expectedSize how many entries the caller has seen
   * @param entry the new entry
   * @return false if the repository holds another number of entries; nothing was written then
   * @throws java.io.UncheckedIOException if the storage cannot be written
   */
  boolean append(int expectedSize, LedgerEntry entry);

  /**
   * A repository that lives as long as its process.
   *
   * @return an empty repository
   */
  static ForgeRepository inMemory() {
    return new InMemoryRepository();
  }
}
