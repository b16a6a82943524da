package io.medforge.forge.repository;

import io.medforge.forge.LedgerEntry;
import io.medforge.plugin.Digest;
import io.medforge.plugin.MalformedPluginException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Checks a repository from its bytes, oldest entry first, and names the first thing that is broken:
 * every record's form, place and link to the one before; the SHA-256 of every object's file and the
 * digest of what it holds; every commitment whose text is there; every signature of certificates,
 * contributions and decisions; on Git, the commits; and that the log continues what is remembered
 * of it. Nothing read before is trusted. An entry is let go once it is checked, unless merges are
 * replayed.
 *
 * <p>A log whose newest records were taken away together with {@code head.json} looks like an older
 * state of itself: only a {@link TreeHead} kept elsewhere shows it, see {@link #since}.
 *
 * <p>Not thread-safe.
 */
public final class Verification {
  private final Store store;
  private final List<TreeHead> known = new ArrayList<>();
  private @Nullable Replay replay;

  private Verification(RecordedRepository repository) {
    this.store = repository.store();
  }

  /** Merges again what was merged. */
  @FunctionalInterface
  public interface Replay {
    /**
     * Makes the result after an entry again.
     *
     * @param entries all entries up to this one, which states a result
     * @return the digest of the result; empty if it cannot be made here, which breaks nothing
     */
    Optional<Digest> replay(List<LedgerEntry> entries);
  }

  /**
   * The first broken thing.
   *
   * @param where which entry or file
   * @param message "expected X, found Y, at Z"
   */
  public record Broken(String where, String message) {}

  /**
   * What was found.
   *
   * @param entries how many entries were found whole
   * @param head the log's state as far as it is whole
   * @param broken the first broken thing; empty if everything is as it was recorded
   * @param redacted how many texts were redacted
   * @param replayed how many results were made again and found equal
   */
  public record Report(
      int entries, TreeHead head, Optional<Broken> broken, int redacted, int replayed) {
    /**
     * Whether nothing is broken.
     *
     * @return true if so
     */
    public boolean isClean() {
      return broken.isEmpty();
    }
  }

  /**
   * A verification that has not been run.
   *
   * @param repository what to check
   * @return the verification
   */
  public static Verification of(RecordedRepository repository) {
    return new Verification(repository);
  }

  /**
   * Checks also that the log continues an older state; may be called several times.
   *
   * @param head kept from earlier; if it is signed, the signature is checked too
   * @return this
   */
  public Verification since(TreeHead head) {
    known.add(head);
    return this;
  }

  /**
   * Checks also that every stated result comes out again.
   *
   * @param merges how
   * @return this
   * @throws IllegalStateException if it was set before
   */
  public Verification replaying(Replay merges) {
    if (replay != null) {
      throw new IllegalStateException("expected one way to replay, found it set already");
    }
    replay = merges;
    return this;
  }

  /**
   * Runs the checks.
   *
   * @return what was found
   */
  public Report run() {
    Progress progress = new Progress();
    try {
      progress.log = Genesis.check(store.genesis(), store.where());
      int size = store.size();
      for (int i = 0; i < size; i++) {
        progress.place = "entry " + i;
        check(i, progress);
      }
      progress.place = "head";
      checkHeads(progress);
    } catch (IOException | RuntimeException e) {
      // Whatever cannot be read is as broken as what reads as something else.
      String message = String.valueOf(e.getMessage());
      return progress.report(Optional.of(new Broken(progress.place, message)));
    }
    return progress.report(Optional.empty());
  }

  private void check(int index, Progress progress) throws IOException {
    byte[] bytes = store.record(index);
    String where = store.where() + ", entry " + index;
    Digest previous = index == 0 ? progress.log : progress.previous;
    LogRecord record = LogRecord.parse(bytes, index, previous, where);
    Digest digest = Digest.of(bytes);
    for (String field : List.of("moduleObject", "distilledObject")) {
      checkObject(record.entry(), field, progress);
    }
    Openings openings = Openings.of(store.openings(digest), where + ", openings");
    LedgerEntry entry = new EntryCodec(store).decode(record.entry(), openings);
    store.checkHistory(index, bytes);
    if (replay != null) {
      progress.entries.add(entry);
      replay(replay, entry, progress, where);
    }
    progress.redacted += openings.redacted();
    progress.previous = digest;
    progress.leaves.add(MerkleLog.leaf(bytes));
  }

  private void checkObject(Fields entry, String field, Progress progress) throws IOException {
    if (!entry.isObject("contribution")) {
      return;
    }
    Digest object = entry.peekObject("contribution").digest(field);
    if (!progress.objects.add(object)) {
      return;
    }
    try (InputStream in = store.openObject(object)) {
      Digest found = FileDigest.of(in);
      if (!found.equals(object)) {
        throw new MalformedPluginException(
            "expected "
                + object
                + " as the file's SHA-256, found "
                + found
                + ", at "
                + store.where()
                + ", "
                + Layout.object(object));
      }
    }
  }

  private static void replay(Replay replay, LedgerEntry entry, Progress progress, String where) {
    Optional<Digest> stated = entry.outcome().result();
    if (stated.isEmpty()) {
      return;
    }
    Optional<Digest> found = replay.replay(List.copyOf(progress.entries));
    if (found.isPresent() && !found.equals(stated)) {
      throw new MalformedPluginException(
          "expected the stated result "
              + stated.get()
              + ", found "
              + found.get()
              + " when merged again, at "
              + where);
    }
    progress.replayed += found.isPresent() ? 1 : 0;
  }

  private void checkHeads(Progress progress) throws IOException {
    List<TreeHead> heads = new ArrayList<>();
    Optional<String> remembered = store.rememberedHead();
    if (remembered.isPresent()) {
      heads.add(TreeHead.parse(remembered.get(), store.where() + ", head.json"));
    }
    heads.addAll(known);
    MerkleLog tree = MerkleLog.of(progress.leaves);
    for (TreeHead head : heads) {
      if (head.signature().isPresent() && !head.hasValidSignature()) {
        throw new MalformedPluginException(
            "expected a signature over the tree head, found one over something else");
      }
      if (!head.log().equals(progress.log)) {
        throw new MalformedPluginException(
            "expected log " + head.log() + ", found " + progress.log + ", at " + store.where());
      }
      if (head.size() > tree.size()) {
        throw new MalformedPluginException(
            "expected at least the "
                + head.size()
                + " entries that there were once, found "
                + tree.size()
                + ", at "
                + store.where());
      }
      if (!tree.root(head.size()).equals(head.root())) {
        throw new MalformedPluginException(
            "expected the root "
                + head.root()
                + " over the first "
                + head.size()
                + " entries, found "
                + tree.root(head.size())
                + ", at "
                + store.where());
      }
    }
  }

  /** How far the checks have come. */
  private static final class Progress {
    private final List<Digest> leaves = new ArrayList<>();
    private final List<LedgerEntry> entries = new ArrayList<>();
    private final Set<Digest> objects = new TreeSet<>();
    private Digest log = Digest.of(new byte[0]);
    private Digest previous = log;
    private String place = "forge.json";
    private int redacted;
    private int replayed;

    Report report(Optional<Broken> broken) {
      MerkleLog tree = MerkleLog.of(leaves);
      TreeHead head = new TreeHead(log, tree.size(), tree.root(), Optional.empty());
      return new Report(tree.size(), head, broken, redacted, replayed);
    }
  }
}
