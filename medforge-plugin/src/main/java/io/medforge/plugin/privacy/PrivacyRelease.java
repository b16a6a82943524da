package io.medforge.plugin.privacy;

import io.medforge.plugin.Digest;
import java.util.List;

/**
 * Something that left a centre and was computed from patients. Immutable.
 *
 * @param name what it was, such as {@code st-anna/lung:2.1.0}; unique within a ledger
 * @param cohort the patients behind it; losses add within one cohort, so cohorts that share a
 *     patient must be one
 * @param content the digest of what left
 * @param mechanisms every noisy mechanism that touched the patients; none means that there was no
 *     noise, and the loss is unbounded
 */
public record PrivacyRelease(
    String name, String cohort, Digest content, List<SampledGaussian> mechanisms) {
  private static final int LONGEST = 256;

  /**
   * Copies and checks.
   *
   * @param name what it was
   * @param cohort the patients behind it
   * @param content the digest of what left
   * @param mechanisms every noisy mechanism that touched the patients
   * @throws IllegalArgumentException if a text is blank, longer than 256 characters, or holds
   *     control characters or half a surrogate pair
   */
  public PrivacyRelease {
    checkText("release", name);
    checkText("cohort", cohort);
    mechanisms = List.copyOf(mechanisms);
  }

  /** The divergence, or nothing that can be added to where there was no noise. */
  boolean isBounded() {
    return !mechanisms.isEmpty();
  }

  static void checkText(String what, String text) {
    boolean plain =
        text.codePoints()
            .noneMatch(
                c ->
                    Character.isISOControl(c)
                        || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE));
    if (text.isBlank() || text.length() > LONGEST || !plain) {
      throw new IllegalArgumentException(
          "expected a "
              + what
              + "'s name of at most "
              + LONGEST
              + " printable characters, found another text of "
              + text.length());
    }
  }
}
