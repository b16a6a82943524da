package io.medforge.forge;

import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * What was done to bound, or measured about, what a module and its distilled set tell of the
 * patients behind them: made inside the hospital, bound to the content by digests. Immutable.
 *
 * @param level how strong the statement is
 * @param module the digest of the module it is about
 * @param distilled the digest of the distilled set it is about
 * @param auditVersion which suite of attacks or which accountant, for example {@code
 *     medforge-audit-1}
 * @param statistics the numbers, as canonical JSON text
 * @param issuedAt when, in whole seconds, UTC
 * @param signature over {@link #digest()}, or empty if nobody has signed
 */
public record LeakageCertificate(
    Level level,
    Digest module,
    Digest distilled,
    String auditVersion,
    String statistics,
    Instant issuedAt,
    Optional<Signature> signature) {
  private static final String PAYLOAD_TYPE = "application/vnd.medforge.certificate";

  /** How strong a certificate's statement is; later is stronger. */
  public enum Level {
    /** Nothing is claimed. */
    L0,
    /** Rules of thumb were kept: norms clipped, several examples per class, no real start. */
    L1,
    /** Attacks were run and their success is bounded with confidence intervals. */
    L2,
    /** Differential privacy with a stated epsilon and delta. */
    L3,
    /** Differential privacy, and attacks were run. */
    L4
  }

  /**
   * Checks the text and the time.
   *
   * @param level how strong the statement is
   * @param module the digest of the module it is about
   * @param distilled the digest of the distilled set it is about
   * @param auditVersion which suite of attacks or which accountant
   * @param statistics the numbers, as canonical JSON text
   * @param issuedAt when, in whole seconds, UTC
   * @param signature over {@link #digest()}, or empty if nobody has signed
   * @throws IllegalArgumentException if a text is blank or the time has a fraction of a second
   */
  public LeakageCertificate {
    if (auditVersion.isBlank() || statistics.isBlank()) {
      throw new IllegalArgumentException(
          "expected an audit version and statistics, found a blank, at a certificate of module "
              + module);
    }
    if (!issuedAt.equals(issuedAt.truncatedTo(ChronoUnit.SECONDS))) {
      throw new IllegalArgumentException(
          "expected a time in whole seconds, found "
              + issuedAt
              + ", at a certificate of module "
              + module);
    }
  }

  /**
   * What is signed.
   *
   * @return SHA-256 over everything but the signature
   */
  public Digest digest() {
    return Digest.builder()
        .add("medforge-certificate-v1")
        .add(level.name())
        .add(module)
        .add(distilled)
        .add(auditVersion)
        .add(statistics)
        .add(issuedAt.getEpochSecond())
        .build();
  }

  /**
   * Whether it is about this content.
   *
   * @param aModule a module
   * @param aSet a distilled set
   * @return true if both digests agree
   */
  public boolean covers(PluginModule aModule, DistilledSet aSet) {
    return module.equals(aModule.digest()) && distilled.equals(aSet.digest());
  }

  /**
   * This certificate, signed.
   *
   * @param key of the hospital that made it
   * @return a new certificate; an earlier signature is replaced
   */
  public LeakageCertificate signedBy(SigningKey key) {
    return new LeakageCertificate(
        level,
        module,
        distilled,
        auditVersion,
        statistics,
        issuedAt,
        Optional.of(key.sign(PAYLOAD_TYPE, digest())));
  }

  /**
   * Whether it is signed, and the signature is over this content. Whose key signed is a question
   * for the caller: {@code signature().get().keyId()}.
   *
   * @return false if there is no signature or it is over something else
   */
  public boolean hasValidSignature() {
    return signature.filter(each -> each.isOver(PAYLOAD_TYPE, digest())).isPresent();
  }
}
