package io.medforge.forge;

import java.util.List;

/**
 * The answer to an offer. Immutable.
 *
 * @param <R> what the main branch merges into
 */
public sealed interface Admission<R> {
  /**
   * The contribution is in; the head is a new item.
   *
   * @param <R> what the main branch merges into
   * @param item the new head
   * @param findings notes
   */
  record Admitted<R>(ForgeItem<R> item, List<Finding> findings) implements Admission<R> {
    /**
     * Copies the findings.
     *
     * @param item the new head
     * @param findings notes
     */
    public Admitted {
      findings = List.copyOf(findings);
    }
  }

  /**
   * The same contribution was in already; nothing changed.
   *
   * @param <R> what the main branch merges into
   * @param item the head
   */
  record Duplicate<R>(ForgeItem<R> item) implements Admission<R> {}

  /**
   * A person has to look at it; the branch is as before, the ledger holds the contribution and why.
   *
   * @param <R> what the main branch merges into
   * @param findings why
   */
  record Quarantined<R>(List<Finding> findings) implements Admission<R> {
    /**
     * Copies the findings.
     *
     * @param findings why
     */
    public Quarantined {
      findings = List.copyOf(findings);
    }
  }

  /**
   * It cannot be admitted; the branch is as before, the ledger says why.
   *
   * @param <R> what the main branch merges into
   * @param findings why
   */
  record Refused<R>(List<Finding> findings) implements Admission<R> {
    /**
     * Copies the findings.
     *
     * @param findings why
     */
    public Refused {
      findings = List.copyOf(findings);
    }
  }
}
