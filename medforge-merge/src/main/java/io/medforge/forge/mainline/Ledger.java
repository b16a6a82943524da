package io.medforge.forge.mainline;

import io.medforge.forge.Contribution;
import io.medforge.forge.LedgerEntry;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a list of ledger entries means: the versions, and what has left. Immutable. */
final class Ledger {
  /**
   * One version of the main branch.
   *
   * @param contributions what is admitted, by plugin
   * @param cause what made the version
   */
  record Version(SortedMap<PluginId, Contribution> contributions, String cause) {
    Version {
      contributions = Collections.unmodifiableSortedMap(new TreeMap<>(contributions));
    }
  }

  private final List<Version> versions;
  private final SortedMap<PluginId, Digest> everAdmitted;
  private final SortedSet<Digest> withdrawnModules;

  private Ledger(
      List<Version> versions,
      SortedMap<PluginId, Digest> everAdmitted,
      SortedSet<Digest> withdrawnModules) {
    this.versions = List.copyOf(versions);
    this.everAdmitted = everAdmitted;
    this.withdrawnModules = withdrawnModules;
  }

  /** Before the first entry: version 0, empty. */
  static Ledger empty() {
    Version start = new Version(Collections.emptySortedMap(), "the empty branch");
    return new Ledger(List.of(start), Collections.emptySortedMap(), Collections.emptySortedSet());
  }

  /**
   * This ledger and the entries that follow the ones it was made of.
   *
   * @throws IllegalStateException if the entries are no ledger; the message names the first bad one
   */
  Ledger upTo(List<LedgerEntry> entries) {
    if (entries.size() < size()) {
      throw new IllegalStateException(
          "expected an append-only repository of at least "
              + size()
              + " entries, found "
              + entries.size());
    }
    if (entries.size() == size()) {
      return this;
    }
    List<Version> longer = new ArrayList<>(versions);
    SortedMap<PluginId, Digest> seen = new TreeMap<>(everAdmitted);
    SortedSet<Digest> gone = new TreeSet<>(withdrawnModules);
    for (LedgerEntry entry : entries.subList(size(), entries.size())) {
      longer.add(apply(entry, longer, seen, gone));
    }
    return new Ledger(longer, seen, gone);
  }

  /** This ledger and one more entry. */
  Ledger then(LedgerEntry entry) {
    List<Version> longer = new ArrayList<>(versions);
    SortedMap<PluginId, Digest> seen = new TreeMap<>(everAdmitted);
    SortedSet<Digest> gone = new TreeSet<>(withdrawnModules);
    longer.add(apply(entry, longer, seen, gone));
    return new Ledger(longer, seen, gone);
  }

  private static Version apply(
      LedgerEntry entry,
      List<Version> versions,
      SortedMap<PluginId, Digest> everAdmitted,
      SortedSet<Digest> withdrawnModules) {
    Version last = versions.get(versions.size() - 1);
    SortedMap<PluginId, Contribution> now = new TreeMap<>(last.contributions());
    if (entry instanceof LedgerEntry.Admit admit) {
      PluginId plugin = admit.contribution().module().id();
      check(now.put(plugin, admit.contribution()) == null, "a new plugin", plugin, versions);
      everAdmitted.put(plugin, admit.contribution().digest());
      return new Version(now, "admitted " + plugin);
    }
    if (entry instanceof LedgerEntry.Withdraw withdraw) {
      Contribution leaving = now.remove(withdraw.plugin());
      if (leaving == null) {
        throw broken("an admitted plugin", withdraw.plugin(), versions);
      }
      withdrawnModules.add(leaving.module().digest());
      return new Version(now, "withdrawn " + withdraw.plugin() + ": " + withdraw.reason());
    }
    if (entry instanceof LedgerEntry.Decide decide) {
      return new Version(now, decide.role() + ": " + decide.decision());
    }
    if (entry instanceof LedgerEntry.Note note) {
      return new Version(now, "noted: " + note.kind());
    }
    LedgerEntry.RollBack back = (LedgerEntry.RollBack) entry;
    int version = back.version();
    check(version >= 0 && version < versions.size(), "an old version", version, versions);
    return new Version(
        versions.get(version).contributions(),
        "rolled back to version " + version + ": " + back.reason());
  }

  private static void check(boolean holds, String expected, Object found, List<Version> versions) {
    if (!holds) {
      throw broken(expected, found, versions);
    }
  }

  private static IllegalStateException broken(
      String expected, Object found, List<Version> versions) {
    return new IllegalStateException(
        "expected " + expected + ", found " + found + ", at ledger entry " + versions.size());
  }

  /** The number of entries. */
  int size() {
    return versions.size() - 1;
  }

  List<Version> versions() {
    return versions;
  }

  Version head() {
    return versions.get(size());
  }

  /** The content that this id has stood for, whether or not it is admitted now. */
  Optional<Digest> contentOf(PluginId plugin) {
    return Optional.ofNullable(everAdmitted.get(plugin));
  }

  boolean isWithdrawn(Contribution contribution) {
    return withdrawnModules.contains(contribution.module().digest());
  }
}
