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
   * What was stored from a position on, oldest first: what a reader who knows the rest has to read.
   *
   * @param from how many entries the caller knows, 0 to the number of entries
   * @return an unmodifiable list; later changes do not show in it
   * @throws IllegalStateException if fewer entries are stored: the storage is not append-only
   * @throws java.io.UncheckedIOException if the storage cannot be read
   */
  default List<LedgerEntry> entries(int from) {
    List<LedgerEntry> all = entries();
    if (all.size() < from) {
      throw new IllegalStateException(
          "expected an append-only repository of at least "
              + from
              + " entries, found "
              + all.size());
    }
    return all.subList(from, all.size());
  }

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
