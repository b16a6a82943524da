package io.medforge.plugin.privacy;

/** A release would spend more than a centre allowed itself; nothing was recorded. */
public final class PrivacyBudgetException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * A refusal.
   *
   * @param message names the release, the cohort, what is spent, what it would be, and the budget
   */
  public PrivacyBudgetException(String message) {
    super(message);
  }
}
