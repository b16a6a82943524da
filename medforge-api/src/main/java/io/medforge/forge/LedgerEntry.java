package io.medforge.forge;

import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;

/** One line of the main branch's ledger. The entries in order are all there is to store. */
public sealed interface LedgerEntry {
  /**
   * What came of it.
   *
   * @return the outcome, {@link Outcome#unstated()} if the writer did not say
   */
  Outcome outcome();

  /**
   * Whether this entry changes what is admitted. An item's version is the number of such entries so
   * far; the others are the record of how checks and people came to their decisions.
   *
   * @return true for {@link Admit}, {@link Withdraw} and {@link RollBack}
   */
  default boolean makesVersion() {
    return this instanceof Admit || this instanceof Withdraw || this instanceof RollBack;
  }

  /**
   * A contribution was admitted.
   *
   * @param contribution the contribution
   * @param outcome what came of it
   */
  record Admit(Contribution contribution, Outcome outcome) implements LedgerEntry {
    /**
     * An admission of which only the contribution is known.
     *
     * @param contribution the contribution
     */
    public Admit(Contribution contribution) {
      this(contribution, Outcome.unstated());
    }
  }

  /**
   * A contribution left.
   *
   * @param plugin the plugin
   * @param reason why
   * @param outcome what came of it
   */
  record Withdraw(PluginId plugin, String reason, Outcome outcome) implements LedgerEntry {
    /**
     * A withdrawal of which the outcome is not stated.
     *
     * @param plugin the plugin
     * @param reason why
     */
    public Withdraw(PluginId plugin, String reason) {
      this(plugin, reason, Outcome.unstated());
    }
  }

  /**
   * The branch went back to an old version's contributions.
   *
   * @param version the old version
   * @param reason why
   * @param outcome what came of it
   */
  record RollBack(int version, String reason, Outcome outcome) implements LedgerEntry {
    /**
     * A roll-back of which the outcome is not stated.
     *
     * @param version the old version
     * @param reason why
     */
    public RollBack(int version, String reason) {
      this(version, reason, Outcome.unstated());
    }
  }

  /**
   * A contribution waits for a person. The model does not change by it.
   *
   * @param contribution the contribution
   * @param outcome why it waits
   */
  record Quarantine(Contribution contribution, Outcome outcome) implements LedgerEntry {}

  /**
   * A contribution was refused; only its digest is kept. The model does not change by it.
   *
   * @param plugin whose it was
   * @param contribution the digest of its content
   * @param outcome why
   */
  record Refuse(PluginId plugin, Digest contribution, Outcome outcome) implements LedgerEntry {}

  /**
   * A person approved or vetoed something. The model does not change by it.
   *
   * @param subject the digest of what was decided on
   * @param role in which the person decided, for example {@code maintainer}
   * @param decision for example {@code approve} or {@code veto}
   * @param comment for the record; may be empty
   * @param signature over {@link #statement()}
   */
  record Decide(Digest subject, String role, String decision, String comment, Signature signature)
      implements LedgerEntry {
    private static final String PAYLOAD_TYPE = "application/vnd.medforge.decision";

    /**
     * A decision, signed.
     *
     * @param subject the digest of what is decided on
     * @param role in which the person decides
     * @param decision for example {@code approve} or {@code veto}
     * @param comment for the record; may be empty
     * @param key the person's
     * @return the entry
     */
    public static Decide signed(
        Digest subject, String role, String decision, String comment, SigningKey key) {
      return new Decide(
          subject,
          role,
          decision,
          comment,
          key.sign(PAYLOAD_TYPE, statement(subject, role, decision, comment)));
    }

    /**
     * What is signed.
     *
     * @return SHA-256 over subject, role, decision and comment
     */
    public Digest statement() {
      return statement(subject, role, decision, comment);
    }

    /**
     * Whether the signature is over this decision. Whether the key may decide in that role is a
     * question for the caller.
     *
     * @return false if it is over something else
     */
    public boolean hasValidSignature() {
      return signature.isOver(PAYLOAD_TYPE, statement());
    }

    /**
     * Whether a signature is one over a decision's statement whose parts are no longer all known.
     *
     * @param signature the signature
     * @param statement as {@link #statement()} was
     * @return false if it is over something else or given for another purpose
     */
    public static boolean isSignedStatement(Signature signature, Digest statement) {
      return signature.isOver(PAYLOAD_TYPE, statement);
    }

    @Override
    public Outcome outcome() {
      return Outcome.unstated();
    }

    private static Digest statement(Digest subject, String role, String decision, String comment) {
      return Digest.builder()
          .add("medforge-decision-v1")
          .add(subject)
          .add(role)
          .add(decision)
          .add(comment)
          .build();
    }
  }

  /**
   * Something for the record, such as an offer that was quarantined or refused and why. The model
   * does not change by it.
   *
   * @param kind what it is, for example {@code quarantined}
   * @param text canonical JSON or prose; never patient data
   * @param outcome the findings
   */
  record Note(String kind, String text, Outcome outcome) implements LedgerEntry {
    /**
     * A note without findings.
     *
     * @param kind what it is
     * @param text canonical JSON or prose; never patient data
     */
    public Note(String kind, String text) {
      this(kind, text, Outcome.unstated());
    }
  }
}
