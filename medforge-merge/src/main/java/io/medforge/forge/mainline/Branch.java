package io.medforge.forge.mainline;

import io.medforge.forge.ForgeItem;
import io.medforge.forge.ForgeRepository;
import io.medforge.forge.LedgerEntry;
import io.medforge.plugin.Digest;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The ledger as the repository holds it, and the one way to change it: merge first, then write by
 * compare-and-set. Thread-safe.
 */
final class Branch<R> {
  private final ForgeRepository repository;
  private final ItemMerging<R> merging;
  private final Object changing = new Object();
  private volatile Ledger latest = Ledger.empty();

  Branch(ForgeRepository repository, ItemMerging<R> merging) {
    this.repository = repository;
    this.merging = merging;
  }

  ItemMerging<R> merging() {
    return merging;
  }

  /** Tries a change on the newest state until it was written or answered. */
  <T> T changing(Function<Ledger, Optional<T>> attempt) {
    synchronized (changing) {
      while (true) {
        Optional<T> done = attempt.apply(ledger());
        if (done.isPresent()) {
          return done.get();
        }
      }
    }
  }

  /** Follows the repository; the entries known so far are not read again. */
  Ledger ledger() {
    Ledger known = latest;
    Ledger now = known.and(repository.entries(known.size()));
    latest = now;
    return now;
  }

  /** Merges what would be after an entry, then writes it; empty if somebody else wrote first. */
  Optional<ForgeItem<R>> change(
      Ledger ledger, Function<Optional<Digest>, LedgerEntry> entryOfResult) {
    Ledger next = ledger.and(List.of(entryOfResult.apply(Optional.empty())));
    ForgeItem<R> item = item(next, next.versions());
    Optional<Digest> result = item.merged().map(model -> model.record().result());
    return write(ledger, entryOfResult.apply(result)) ? Optional.of(item) : Optional.empty();
  }

  /** Writes an entry that changes no model; false if somebody else wrote first. */
  boolean write(Ledger ledger, LedgerEntry entry) {
    return repository.append(ledger.size(), entry);
  }

  ForgeItem<R> item(Ledger ledger, int version) {
    return merging.item(version, ledger.version(version));
  }
}
