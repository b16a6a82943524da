package io.medforge.cli.forge;

import io.medforge.forge.LedgerEntry;
import io.medforge.forge.governance.Standing;
import io.medforge.forge.repository.RecordedRepository;
import io.medforge.plugin.Digest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The charter that holds, read from the ledger: the founding one, or the last amendment that
 * members approved under the charter before it, by its quorum of a release. Immutable.
 *
 * <p>An amendment changes who decides and what is checked, never the base or the strategy: what is
 * admitted would merge to another model than its record states. A proposal that does so, or that is
 * no charter, is as if it were not there.
 */
final class CharterInForce {
  /** The kind of the note that proposes an amendment. */
  static final String PROPOSAL = "charter-amendment";

  private final Digest log;
  private final Charter charter;
  private final int since;
  private final Map<Digest, Charter> proposals = new HashMap<>();
  private final List<LedgerEntry.Decide> decisions = new ArrayList<>();
  private final Set<String> centres = new TreeSet<>();

  private CharterInForce(Digest log, Charter charter, int since) {
    this.log = log;
    this.charter = charter;
    this.since = since;
  }

  /** Reads a ledger; empty if it has no charter yet. */
  static Optional<CharterInForce> of(RecordedRepository repository) {
    Digest log = repository.treeHead().log();
    Optional<CharterInForce> current = Optional.empty();
    List<LedgerEntry> entries = repository.entries();
    for (int i = 0; i < entries.size(); i++) {
      LedgerEntry entry = entries.get(i);
      if (current.isPresent()) {
        current = Optional.of(current.get().after(entry, i));
      } else if (entry instanceof LedgerEntry.Note note && note.kind().equals(Charter.KIND)) {
        current =
            Optional.of(new CharterInForce(log, Charter.parse(note.text(), "the charter"), i));
      }
    }
    return current;
  }

  Charter charter() {
    return charter;
  }

  /** The charter after one more entry; this collects what is proposed and decided until then. */
  private CharterInForce after(LedgerEntry entry, int index) {
    if (entry instanceof LedgerEntry.Admit admit) {
      centres.add(admit.contribution().module().id().centre());
    } else if (entry instanceof LedgerEntry.Note note && note.kind().equals(PROPOSAL)) {
      try {
        Charter proposal = Charter.parse(note.text(), "entry " + index);
        checkAmends(proposal);
        proposals.put(subject(proposal), proposal);
      } catch (IllegalArgumentException e) {
        return this; // whoever can write can note anything; it counts for nothing
      }
    } else if (entry instanceof LedgerEntry.Decide decide) {
      Charter proposal = proposals.get(decide.subject());
      decisions.add(decide);
      if (proposal != null && standing(decide.subject()).approved()) {
        CharterInForce next = new CharterInForce(log, proposal, index);
        next.centres.addAll(centres);
        return next;
      }
    }
    return this;
  }

  /**
   * What is signed to approve an amendment: the new text in place of this one in this log, so that
   * an approval holds here and once.
   */
  Digest subject(Charter proposal) {
    return Digest.builder()
        .add("medforge-amendment-v1")
        .add(log)
        .add(since)
        .add(charter.text())
        .add(proposal.text())
        .build();
  }

  boolean isProposed(Digest subject) {
    return proposals.containsKey(subject);
  }

  Standing standing(Digest subject) {
    return charter.governance().ofItem(subject, centres, decisions);
  }

  /**
   * Refuses what an amendment cannot change.
   *
   * @throws IllegalArgumentException naming it
   */
  void checkAmends(Charter proposal) {
    for (String part : List.of("base", "strategy")) {
      if (!charter.part(part).equals(proposal.part(part))) {
        throw new IllegalArgumentException(
            "expected an amendment that keeps the "
                + part
                + " "
                + charter.part(part)
                + ", found "
                + PlainText.of(proposal.part(part))
                + ": found a new forge for another");
      }
    }
  }
}
