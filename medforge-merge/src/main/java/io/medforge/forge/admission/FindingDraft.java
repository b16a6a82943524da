package io.medforge.forge.admission;

import io.medforge.forge.Finding;
import java.util.SortedMap;
import java.util.TreeMap;

/** A finding in the making: its check, then its numbers. Not thread-safe. */
final class FindingDraft {
  private final String check;
  private final SortedMap<String, Double> numbers = new TreeMap<>();

  FindingDraft(String check) {
    this.check = check;
  }

  FindingDraft number(String name, double value) {
    numbers.put(name, value);
    return this;
  }

  Finding note(String message) {
    return new Finding(check, Finding.Verdict.NOTE, message, numbers);
  }

  Finding quarantine(String message) {
    return new Finding(check, Finding.Verdict.QUARANTINE, message, numbers);
  }

  Finding refuse(String message) {
    return new Finding(check, Finding.Verdict.REFUSE, message, numbers);
  }
}
