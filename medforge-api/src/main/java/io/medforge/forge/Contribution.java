package io.medforge.forge;

import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a centre offers: a module, the distilled set that stands for its task, what is certified
 * about both, and who signs for it. Immutable.
 *
 * <p>Two identities: {@link #digest()} is of the content, the same for a renamed copy, and is what
 * the main branch counts and withdraws; {@link #statement()} is of everything that the signature
 * vouches for.
 *
 * @param module the plugin module
 * @param distilled the synthetic labelled set
 * @param certificates what was measured or bounded about their leakage; may be empty
 * @param baseVersion the version of the main branch that the module was trained from, at least 0,
 *     or empty if the centre does not say
 * @param licence under which terms, as an SPDX expression, or empty if the centre does not say
 * @param signature over {@link #statement()}, or empty if nobody has signed
 */
public record Contribution(
    PluginModule module,
    DistilledSet distilled,
    List<LeakageCertificate> certificates,
    OptionalInt baseVersion,
    Optional<String> licence,
    Optional<Signature> signature) {
  private static final String PAYLOAD_TYPE = "application/vnd.medforge.contribution";

  /**
   * Checks the version and copies the certificates.
   *
   * @param module the plugin module
   * @param distilled the synthetic labelled set
   * @param certificates what was measured or bounded about their leakage; may be empty
   * @param baseVersion the version of the main branch that the module was trained from, or empty
   * @param licence under which terms, or empty
   * @param signature over {@link #statement()}, or empty if nobody has signed
   * @throws IllegalArgumentException if the base version is negative, the licence blank, or a
   *     certificate is about other content
   */
  public Contribution {
    certificates = List.copyOf(certificates);
    if (baseVersion.isPresent() && baseVersion.getAsInt() < 0) {
      throw new IllegalArgumentException(
          "expected a base version of at least 0, found "
              + baseVersion.getAsInt()
              + ", at plugin "
              + module.id());
    }
    if (licence.isPresent() && licence.get().isBlank()) {
      throw new IllegalArgumentException(
          "expected a licence, found a blank, at plugin " + module.id());
    }
    for (LeakageCertificate certificate : certificates) {
      if (!certificate.covers(module, distilled)) {
        throw new IllegalArgumentException(
            "expected a certificate of module "
                + module.digest()
                + " and distilled set "
                + distilled.digest()
                + ", found one of "
                + certificate.module()
                + " and "
                + certificate.distilled()
                + ", at plugin "
                + module.id());
      }
    }
  }

  /**
   * An unsigned contribution without certificates, base version and licence.
   *
   * @param module the plugin module
   * @param distilled the synthetic labelled set
   */
  public Contribution(PluginModule module, DistilledSet distilled) {
    this(module, distilled, List.of(), OptionalInt.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * The identity of its content, the same for a renamed copy.
   *
   * @return SHA-256 over the digests of module and distilled set
   */
  public Digest digest() {
    return Digest.builder()
        .add("medforge-contribution-v1")
        .add(module.digest())
        .add(distilled.digest())
        .build();
  }

  /**
   * What the signature vouches for.
   *
   * @return SHA-256 over the content's digest, the plugin's id, base name and provenance, the
   *     certificates with their signatures, the base version and the licence
   */
  public Digest statement() {
    Digest.Builder builder = Digest.builder().add("medforge-statement-v1").add(digest());
    builder.add(module.id().toString()).add(module.base().name());
    builder.add(module.provenance().facts().size());
    module.provenance().facts().forEach((fact, value) -> builder.add(fact).add(value));
    builder.add(certificates.size());
    for (LeakageCertificate certificate : certificates) {
      builder.add(certificate.digest());
      builder.add(certificate.signature().map(Signature::toString).orElse(""));
    }
    builder.add(baseVersion.orElse(-1)).add(licence.orElse(""));
    return builder.build();
  }

  /**
   * This contribution and one more certificate.
   *
   * @param certificate about this content
   * @return a new contribution
   * @throws IllegalArgumentException if the certificate is about other content
   * @throws IllegalStateException if this one is signed: the signature comes last
   */
  public Contribution with(LeakageCertificate certificate) {
    checkUnsigned();
    List<LeakageCertificate> more = new ArrayList<>(certificates);
    more.add(certificate);
    return new Contribution(module, distilled, more, baseVersion, licence, signature);
  }

  /**
   * This contribution, trained from a version of the main branch.
   *
   * @param version at least 0
   * @return a new contribution
   * @throws IllegalArgumentException if the version is negative
   * @throws IllegalStateException if this one is signed: the signature comes last
   */
  public Contribution trainedFrom(int version) {
    checkUnsigned();
    return new Contribution(
        module, distilled, certificates, OptionalInt.of(version), licence, signature);
  }

  /**
   * This contribution under a licence.
   *
   * @param terms an SPDX expression
   * @return a new contribution
   * @throws IllegalArgumentException if the terms are blank
   * @throws IllegalStateException if this one is signed: the signature comes last
   */
  public Contribution licensed(String terms) {
    checkUnsigned();
    return new Contribution(
        module, distilled, certificates, baseVersion, Optional.of(terms), signature);
  }

  /**
   * This contribution, signed; nothing can be added from then on.
   *
   * @param key the centre's
   * @return a new contribution
   * @throws IllegalStateException if this one is signed already
   */
  public Contribution signedBy(SigningKey key) {
    checkUnsigned();
    return new Contribution(
        module,
        distilled,
        certificates,
        baseVersion,
        licence,
        Optional.of(key.sign(PAYLOAD_TYPE, statement())));
  }

  /**
   * Whether it is signed, and the signature is over this statement. Whether the key is that of the
   * centre that the plugin's id names is a question for the caller: {@code
   * signature().get().keyId()}.
   *
   * @return false if there is no signature or it is over something else
   */
  public boolean hasValidSignature() {
    return signature.filter(each -> isSignedStatement(each, statement())).isPresent();
  }

  /**
   * Whether a signature is a contributor's over a statement whose parts are no longer all known,
   * such as one with redacted provenance.
   *
   * @param signature the signature
   * @param statement as {@link #statement()} was
   * @return false if it is over something else or given for another purpose
   */
  public static boolean isSignedStatement(Signature signature, Digest statement) {
    return signature.isOver(PAYLOAD_TYPE, statement);
  }

  private void checkUnsigned() {
    if (signature.isPresent()) {
      throw new IllegalStateException(
          "expected an unsigned contribution, found one signed by "
              + signature.get().keyId()
              + ", at plugin "
              + module.id());
    }
  }
}
