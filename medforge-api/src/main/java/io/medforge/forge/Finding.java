package io.medforge.forge;

/**
 * What an admission check found, with its numbers.
 *
 * @param check the check's name
 * @param verdict what it means for the contribution
 * @param message "expected X, found Y, at Z"
 */
public record Finding(String check, Verdict verdict, String message) {
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
}
