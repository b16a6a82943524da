package io.medforge.forge.repository;

import io.medforge.forge.ForgeRepository;
import io.medforge.forge.LedgerEntry;
import io.medforge.plugin.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A repository that can prove what it holds: every entry is a record of an append-only log, chained
 * by digests and summed up by a Merkle tree. Opened by {@link FolderRepository} or {@link
 * GitRepository}.
 *
 * <p>Safe for use by several threads, processes and, where the folder or the Git server is shared,
 * machines: an entry is appended whole or not at all, and only to the log that the writer has seen.
 * When {@link #append} returns true, the entry is on the disk (or on the remote). Entries read once
 * are kept in memory and not read again; tensors of more than 64 KiB stay in their files.
 *
 * <p>Text that entries carry may hold anything, newlines and control characters included, but for
 * half surrogate pairs, which no UTF-8 can spell: such an entry is refused.
 */
public final class RecordedRepository implements ForgeRepository {
  private final Store store;
  private final EntryCodec codec;
  private final Clock clock;
  private final Digest log;
  private final List<LedgerEntry> entries = new ArrayList<>();
  private final List<Digest> records = new ArrayList<>();
  private final List<Digest> leaves = new ArrayList<>();

  private RecordedRepository(Store store, Clock clock, Digest log) {
    this.store = store;
    this.codec = new EntryCodec(store);
    this.clock = clock;
    this.log = log;
  }

  static RecordedRepository of(Store store, Clock clock) {
    try {
      return new RecordedRepository(store, clock, Genesis.check(store.genesis(), store.where()));
    } catch (IOException e) {
      throw unreadable(store, e);
    }
  }

  @Override
  public synchronized List<LedgerEntry> entries() {
    refresh();
    return List.copyOf(entries);
  }

  /** {@inheritDoc} What was read before is not read again. */
  @Override
  public synchronized List<LedgerEntry> entries(int from) {
    refresh();
    if (from > entries.size()) {
      throw shrunk(from, entries.size());
    }
    return List.copyOf(entries.subList(from, entries.size()));
  }

  @Override
  public synchronized boolean append(int expectedSize, LedgerEntry entry) {
    refresh();
    if (entries.size() != expectedSize) {
      return false;
    }
    try (EntryCodec.Draft draft = codec.encode(entry)) {
      Digest previous = expectedSize == 0 ? log : records.get(expectedSize - 1);
      Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
      byte[] record = LogRecord.bytes(expectedSize, previous, now, draft.json());
      Store.Addition addition =
          new Store.Addition(record, draft.openings(), draft.objects(), entry);
      if (!store.append(expectedSize, addition)) {
        return false;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "expected to append entry " + expectedSize + ", found " + e + ", at " + store.where(), e);
    }
    remember();
    return true;
  }

  /**
   * The log's state now: keep it (signed, if somebody else is to trust it), and {@link
   * Verification#since} will show later that the log was only added to.
   *
   * @return an unsigned head
   * @throws UncheckedIOException if the storage cannot be read
   */
  public synchronized TreeHead treeHead() {
    refresh();
    MerkleLog tree = MerkleLog.of(leaves);
    return new TreeHead(log, tree.size(), tree.root(), Optional.empty());
  }

  /**
   * The Merkle tree over the records, for inclusion and consistency proofs.
   *
   * @return the tree as it is now
   * @throws UncheckedIOException if the storage cannot be read
   */
  public synchronized MerkleLog merkleLog() {
    refresh();
    return MerkleLog.of(leaves);
  }

  /**
   * A record as it is stored: canonical JSON, what a {@link MerkleLog#leaf} is made of.
   *
   * @param index the entry, from 0
   * @return its bytes
   * @throws IndexOutOfBoundsException if there is no such entry
   * @throws UncheckedIOException if the storage cannot be read
   */
  public synchronized byte[] record(int index) {
    refresh();
    Objects.checkIndex(index, records.size());
    try {
      return store.record(index);
    } catch (IOException e) {
      throw unreadable(store, e);
    }
  }

  /**
   * Takes the free text of an entry (reason, comment, note, provenance) out of the storage; every
   * digest, signature and proof stays valid, and the text reads {@code [redacted]} from then on.
   * Copies elsewhere, such as other clones and older Git commits, are not reached.
   *
   * @param index the entry, from 0
   * @throws IndexOutOfBoundsException if there is no such entry
   * @throws UncheckedIOException if the storage cannot be changed
   */
  public synchronized void redact(int index) {
    refresh();
    Objects.checkIndex(index, records.size());
    try {
      store.redact(records.get(index));
      // The next reader sees what is stored now.
      entries.clear();
      records.clear();
      leaves.clear();
    } catch (IOException e) {
      throw unreadable(store, e);
    }
  }

  /**
   * Checks everything that is stored; see {@link Verification} for more to ask.
   *
   * @return what was found
   */
  public Verification.Report verify() {
    return Verification.of(this).run();
  }

  /** Where the log is. */
  @Override
  public String toString() {
    return store.where();
  }

  Store store() {
    return store;
  }

  /** Reads what was appended since the last time. */
  private void refresh() {
    try {
      int size = store.size();
      if (size < entries.size()) {
        throw shrunk(entries.size(), size);
      }
      for (int i = entries.size(); i < size; i++) {
        Digest previous = i == 0 ? log : records.get(i - 1);
        byte[] bytes = store.record(i);
        String where = store.where() + ", entry " + i;
        Digest digest = Digest.of(bytes);
        LogRecord record = LogRecord.parse(bytes, i, previous, where);
        Openings openings = Openings.of(store.openings(digest), where + ", openings");
        entries.add(codec.decode(record.entry(), openings));
        records.add(digest);
        leaves.add(MerkleLog.leaf(bytes));
      }
    } catch (IOException e) {
      throw unreadable(store, e);
    }
  }

  private void remember() {
    refresh();
    try {
      store.rememberHead(treeHead().toJson());
    } catch (IOException e) {
      // The entry is stored; what is remembered apart from it is only a bound from below.
      return;
    }
  }

  private IllegalStateException shrunk(int expected, int found) {
    return new IllegalStateException(
        "expected an append-only repository of at least "
            + expected
            + " entries, found "
            + found
            + ", at "
            + store.where());
  }

  private static UncheckedIOException unreadable(Store store, IOException e) {
    return new UncheckedIOException(
        "expected a readable repository, found " + e + ", at " + store.where(), e);
  }
}
