package io.medforge.forge;

import java.util.ArrayList;
import java.util.List;

/** Entries on the heap. */
final class InMemoryRepository implements ForgeRepository {
  private final List<LedgerEntry> entries = new ArrayList<>();

  @Override
  public synchronized List<LedgerEntry> entries() {
    return List.copyOf(entries);
  }

  @Override
  public synchronized boolean append(int expectedSize, LedgerEntry entry) {
    if (entries.size() != expectedSize) {
      return false;
    }
    entries.add(entry);
    return true;
  }
}
