package io.medforge.forge.mainline;

import io.medforge.forge.Contribution;
import io.medforge.forge.LedgerEntry;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What a list of ledger entries means: the versions, what has left, what waits and who decided.
 * Immutable. Holds the newest version whole and older ones as the entries that made them.
 */
final class Ledger {
  /**
   * One version of the main branch.
   *
   * @param contributions what is admitted, by plugin
   * @param digests of what is admitted, by plugin
   * @param cause what made the version
   */
  record Version(
      SortedMap<PluginId, Contribution> contributions,
      SortedMap<PluginId, Digest> digests,
      String cause) {
    Version {
      contributions = Collections.unmodifiableSortedMap(new TreeMap<>(contributions));
      digests = Collections.unmodifiableSortedMap(new TreeMap<>(digests));
    }
  }

  private static final Version START =
      new Version(new TreeMap<>(), new TreeMap<>(), "the empty branch");

  private final List<LedgerEntry> entries = new ArrayList<>();

  /** Where in the entries each version after the first was made. */
  private final List<Integer> changes = new ArrayList<>();

  private final SortedMap<PluginId, Digest> everAdmitted = new TreeMap<>();
  private final SortedSet<Digest> withdrawnModules = new TreeSet<>();
  private final SortedMap<Digest, LedgerEntry.Quarantine> waiting = new TreeMap<>();
  private final Map<Digest, LedgerEntry.Refuse> refused = new HashMap<>();
  private final SortedMap<String, SortedSet<Digest>> failedTries = new TreeMap<>();
  private final List<LedgerEntry.Decide> decisions = new ArrayList<>();
  private Version head = START;

  private Ledger() {}

  private Ledger(Ledger other) {
    entries.addAll(other.entries);
    changes.addAll(other.changes);
    everAdmitted.putAll(other.everAdmitted);
    withdrawnModules.addAll(other.withdrawnModules);
    waiting.putAll(other.waiting);
    refused.putAll(other.refused);
    other.failedTries.forEach((centre, tries) -> failedTries.put(centre, new TreeSet<>(tries)));
    decisions.addAll(other.decisions);
    head = other.head;
  }

  /** Before the first entry: version 0, empty. */
  static Ledger empty() {
    return new Ledger();
  }

  /**
   * This ledger and the entries that follow the ones it was made of.
   *
   * @throws IllegalStateException if the entries are no ledger; the message names the first bad one
   */
  Ledger and(List<LedgerEntry> more) {
    if (more.isEmpty()) {
      return this;
    }
    Ledger longer = new Ledger(this);
    Version last = head;
    SortedMap<PluginId, Contribution> contributions = new TreeMap<>(last.contributions());
    SortedMap<PluginId, Digest> digests = new TreeMap<>(last.digests());
    String cause = last.cause();
    for (LedgerEntry entry : more) {
      if (entry instanceof LedgerEntry.RollBack) {
        longer.head = new Version(contributions, digests, cause);
      }
      cause = longer.apply(entry, contributions, digests).orElse(cause);
      longer.entries.add(entry);
      if (entry.makesVersion()) {
        longer.changes.add(longer.entries.size() - 1);
      }
    }
    longer.head = new Version(contributions, digests, cause);
    return longer;
  }

  /** Applies an entry to the newest state; the cause of the version, if it makes one. */
  private Optional<String> apply(
      LedgerEntry entry,
      SortedMap<PluginId, Contribution> contributions,
      SortedMap<PluginId, Digest> digests) {
    if (entry instanceof LedgerEntry.Admit admit) {
      admit(admit.contribution());
    } else if (entry instanceof LedgerEntry.Quarantine quarantine) {
      Contribution held = quarantine.contribution();
      waiting.put(held.digest(), quarantine);
      failed(held.module().id(), held.digest());
    } else if (entry instanceof LedgerEntry.Refuse refuse) {
      refused.put(refuse.contribution(), refuse);
      failed(refuse.plugin(), refuse.contribution());
    } else if (entry instanceof LedgerEntry.Decide decide) {
      decisions.add(decide);
    } else if (entry instanceof LedgerEntry.Withdraw withdraw) {
      Contribution leaving = contributions.get(withdraw.plugin());
      if (leaving == null) {
        throw broken("an admitted plugin", withdraw.plugin());
      }
      withdrawnModules.add(leaving.module().digest());
      waiting
          .values()
          .removeIf(w -> w.contribution().module().digest().equals(leaving.module().digest()));
    }
    return entry.makesVersion()
        ? Optional.of(change(entry, contributions, digests))
        : Optional.empty();
  }

  private void admit(Contribution contribution) {
    PluginId plugin = contribution.module().id();
    everAdmitted.put(plugin, contribution.digest());
    waiting.remove(contribution.digest());
    failedTries.remove(plugin.centre());
  }

  private void failed(PluginId plugin, Digest content) {
    failedTries.computeIfAbsent(plugin.centre(), centre -> new TreeSet<>()).add(content);
  }

  /** Changes what is admitted and says why. */
  private String change(
      LedgerEntry entry,
      SortedMap<PluginId, Contribution> contributions,
      SortedMap<PluginId, Digest> digests) {
    if (entry instanceof LedgerEntry.Admit admit) {
      PluginId plugin = admit.contribution().module().id();
      if (contributions.put(plugin, admit.contribution()) != null) {
        throw broken("a new plugin", plugin);
      }
      digests.put(plugin, admit.contribution().digest());
      return "admitted " + plugin;
    }
    if (entry instanceof LedgerEntry.Withdraw withdraw) {
      contributions.remove(withdraw.plugin());
      digests.remove(withdraw.plugin());
      return "withdrawn " + withdraw.plugin() + ": " + withdraw.reason();
    }
    LedgerEntry.RollBack back = (LedgerEntry.RollBack) entry;
    if (back.version() < 0 || back.version() > versions()) {
      throw broken("an old version", back.version());
    }
    Version old = version(back.version());
    contributions.clear();
    contributions.putAll(old.contributions());
    digests.clear();
    digests.putAll(old.digests());
    return cause(back);
  }

  private static String cause(LedgerEntry.RollBack back) {
    return "rolled back to version " + back.version() + ": " + back.reason();
  }

  private IllegalStateException broken(String expected, Object found) {
    return new IllegalStateException(
        "expected " + expected + ", found " + found + ", at ledger entry " + (entries.size() + 1));
  }

  /** The number of entries. */
  int size() {
    return entries.size();
  }

  List<LedgerEntry> entries() {
    return Collections.unmodifiableList(entries);
  }

  /** The newest version's number. */
  int versions() {
    return changes.size();
  }

  Version head() {
    return head;
  }

  /** Where in the entries a version after the first was made. */
  int entryOf(int version) {
    return changes.get(version - 1);
  }

  /**
   * A version, made again from the entries since the last return to an older one.
   *
   * @param version 0 to {@link #versions()}
   */
  Version version(int version) {
    if (version == versions()) {
      return head;
    }
    int start = version;
    while (start > 0 && !(entryAt(start) instanceof LedgerEntry.RollBack)) {
      start--;
    }
    Version from = start == 0 ? START : version(((LedgerEntry.RollBack) entryAt(start)).version());
    SortedMap<PluginId, Contribution> contributions = new TreeMap<>(from.contributions());
    SortedMap<PluginId, Digest> digests = new TreeMap<>(from.digests());
    String cause = from.cause();
    if (start > 0) {
      LedgerEntry.RollBack back = (LedgerEntry.RollBack) entryAt(start);
      cause = cause(back);
    }
    for (int v = start + 1; v <= version; v++) {
      cause = change(entryAt(v), contributions, digests);
    }
    return new Version(contributions, digests, cause);
  }

  private LedgerEntry entryAt(int version) {
    return entries.get(entryOf(version));
  }

  /** Every version that holds a plugin, ascending: in one walk over the ledger. */
  List<Integer> versionsThatHold(PluginId plugin) {
    List<Boolean> holds = new ArrayList<>(List.of(false));
    for (int version = 1; version <= versions(); version++) {
      LedgerEntry entry = entryAt(version);
      boolean now = holds.get(version - 1);
      if (entry instanceof LedgerEntry.Admit admit) {
        now |= admit.contribution().module().id().equals(plugin);
      } else if (entry instanceof LedgerEntry.Withdraw withdraw) {
        now &= !withdraw.plugin().equals(plugin);
      } else if (entry instanceof LedgerEntry.RollBack back) {
        now = holds.get(back.version());
      }
      holds.add(now);
    }
    return IntStream.rangeClosed(0, versions()).filter(holds::get).boxed().toList();
  }

  /** All summaries, version 0 first: in one walk over the ledger. */
  List<VersionSummary> summaries() {
    List<VersionSummary> all = new ArrayList<>();
    all.add(summary(0, START.digests(), START.cause()));
    SortedMap<PluginId, Contribution> ignored = new TreeMap<>();
    SortedMap<PluginId, Digest> digests = new TreeMap<>();
    for (int version = 1; version <= versions(); version++) {
      String cause;
      if (entryAt(version) instanceof LedgerEntry.RollBack back) {
        digests = new TreeMap<>(all.get(back.version()).contributions());
        cause = cause(back);
      } else {
        ignored.clear();
        cause = change(entryAt(version), ignored, digests);
      }
      all.add(summary(version, digests, cause));
    }
    return List.copyOf(all);
  }

  private VersionSummary summary(int version, SortedMap<PluginId, Digest> digests, String cause) {
    return new VersionSummary(
        version,
        version == 0 ? -1 : entryOf(version),
        Collections.unmodifiableSortedMap(new TreeMap<>(digests)),
        cause,
        version == 0 ? Optional.empty() : entryAt(version).outcome().result());
  }

  void checkVersion(int version) {
    if (version < 0 || version > versions()) {
      throw new IllegalArgumentException(
          "expected a version of 0 to " + versions() + ", found " + version);
    }
  }

  /** The content that this id has stood for, whether or not it is admitted now. */
  Optional<Digest> contentOf(PluginId plugin) {
    return Optional.ofNullable(everAdmitted.get(plugin));
  }

  boolean isWithdrawn(Contribution contribution) {
    return withdrawnModules.contains(contribution.module().digest());
  }

  boolean isAdmitted(Digest content) {
    return head.digests().containsValue(content);
  }

  /** What waits for a person, by the digest of its content. */
  SortedMap<Digest, LedgerEntry.Quarantine> waiting() {
    return Collections.unmodifiableSortedMap(waiting);
  }

  /** The last refusal of this content, if it was ever refused. */
  Optional<LedgerEntry.Refuse> refusalOf(Digest content) {
    return Optional.ofNullable(refused.get(content));
  }

  /** How many other contents of this centre were refused or held since its last admission. */
  int failedTries(String centre, Digest besides) {
    SortedSet<Digest> tries = failedTries.getOrDefault(centre, new TreeSet<>());
    return tries.size() - (tries.contains(besides) ? 1 : 0);
  }

  List<LedgerEntry.Decide> decisions() {
    return Collections.unmodifiableList(decisions);
  }
}
