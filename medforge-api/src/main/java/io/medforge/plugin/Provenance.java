package io.medforge.plugin;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where a module comes from: facts by name, for people and audits. Never patient data. It does not
 * enter the module's digest, which speaks of content only. Immutable.
 *
 * @param facts sorted by name, for example {@code trained-with} or {@code examples}
 */
public record Provenance(SortedMap<String, String> facts) {
  /**
   * Copies the facts.
   *
   * @param facts sorted by name, for example {@code trained-with} or {@code examples}
   */
  public Provenance {
    facts = Collections.unmodifiableSortedMap(new TreeMap<>((Map<String, String>) facts));
  }

  /**
   * No facts.
   *
   * @return an empty provenance
   */
  public static Provenance unknown() {
    return new Provenance(Collections.emptySortedMap());
  }

  /**
   * This provenance and one more fact.
   *
   * @param fact its name
   * @param value its value; replaces an earlier one
   * @return a new provenance
   */
  public Provenance with(String fact, String value) {
    SortedMap<String, String> more = new TreeMap<>((Map<String, String>) facts);
    more.put(fact, value);
    return new Provenance(more);
  }
}
