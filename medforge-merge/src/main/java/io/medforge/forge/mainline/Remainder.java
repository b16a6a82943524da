package io.medforge.forge.mainline;

import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.plugin.PluginId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What withdrawing a contribution cannot undo, for the record. */
final class Remainder {
  private Remainder() {}

  /** As a finding on a plugin that is about to leave. */
  static Finding of(PluginId plugin, Ledger ledger) {
    List<Integer> held = ledger.versionsThatHold(plugin);
    List<PluginId> trained = new ArrayList<>();
    for (Contribution other : ledger.head().contributions().values()) {
      if (other.baseVersion().isPresent() && held.contains(other.baseVersion().getAsInt())) {
        trained.add(other.module().id());
      }
    }
    SortedMap<String, Double> numbers = new TreeMap<>();
    numbers.put("versions that held it", (double) held.size());
    numbers.put("modules trained from one of them", (double) trained.size());
    return new Finding(
        "withdrawal",
        Finding.Verdict.NOTE,
        "expected every trace gone, found gone from the new item, which never saw "
            + plugin
            + ", but not from: copies already made of versions "
            + ranges(held)
            + "; modules still admitted that state they were trained from one of these: "
            + (trained.isEmpty() ? "none" : trained.toString())
            + "; the ledger, which keeps the contribution for audit",
        Collections.unmodifiableSortedMap(numbers));
  }

  /** For example {@code 1-3, 5}. */
  static String ranges(List<Integer> ascending) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < ascending.size(); ) {
      int end = i;
      while (end + 1 < ascending.size() && ascending.get(end + 1) == ascending.get(end) + 1) {
        end++;
      }
      text.append(text.isEmpty() ? "" : ", ").append(ascending.get(i));
      text.append(end > i ? "-" + ascending.get(end) : "");
      i = end + 1;
    }
    return text.toString();
  }
}
