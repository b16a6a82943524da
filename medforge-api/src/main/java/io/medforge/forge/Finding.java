package io.medforge.forge;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an admission check found, with its numbers. Immutable.
 *
 * @param check the check's name
 * @param verdict what it means for the contribution
 * @param message "expected X, found Y, at Z"
 * @param numbers what was measured and what it was held against, by name; finite
 */
public record Finding(
    String check, Verdict verdict, String message, SortedMap<String, Double> numbers) {
  /**
   * What a finding means for a contribution; the gravest finding decides, none outweighs another.
   */
  public enum Verdict {
    /** Worth knowing; does not stand in the way. */
    NOTE,
    /** A person has to look at it. */
    QUARANTINE,
    /** It cannot be admitted. */
    REFUSE
  }

  /**
   * Copies the numbers.
   *
   * @param check the check's name
   * @param verdict what it means for the contribution
   * @param message "expected X, found Y, at Z"
   * @param numbers what was measured and what it was held against, by name; finite
   * @throws IllegalArgumentException if a number is NaN or infinite
   */
  public Finding {
    numbers = Collections.unmodifiableSortedMap(new TreeMap<>((Map<String, Double>) numbers));
    numbers.forEach(
        (name, number) -> {
          if (!Double.isFinite(number)) {
            throw new IllegalArgumentException(
                "expected a finite number " + name + ", found " + number + ", at check " + check);
          }
        });
  }

  /**
   * A finding without numbers.
   *
   * @param check the check's name
   * @param verdict what it means for the contribution
   * @param message "expected X, found Y, at Z"
   */
  public Finding(String check, Verdict verdict, String message) {
    this(check, verdict, message, Collections.emptySortedMap());
  }
}
