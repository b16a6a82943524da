package io.medforge.forge;

import io.medforge.plugin.Digest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.PublicKey;

/**
 * Signs with an Ed25519 key. The private key is held as the {@link PrivateKey} it came as, which
 * may live in a hardware token; it is never written or shown. Thread-safe.
 */
public final class SigningKey {
  private static final String ALGORITHM = "Ed25519";

  private final PrivateKey privateKey;
  private final PublicKey publicKey;
  private final Digest keyId;

  private SigningKey(PrivateKey privateKey, PublicKey publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
    this.keyId = Signature.keyIdOf(publicKey);
  }

  /**
   * A new key, drawn from the platform's secure random generator.
   *
   * @return the key
   */
  public static SigningKey generate() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
      return new SigningKey(pair.getPrivate(), pair.getPublic());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("expected Ed25519, which Java has since 15", e);
    }
  }

  /**
   * A key that exists already. It signs once, to see that the halves belong together.
   *
   * @param privateKey what signs
   * @param publicKey what checks
   * @return the key
   * @throws IllegalArgumentException if they are no pair of Ed25519 keys
   */
  public static SigningKey of(PrivateKey privateKey, PublicKey publicKey) {
    SigningKey key = new SigningKey(privateKey, publicKey);
    byte[] probe = "pair".getBytes(StandardCharsets.US_ASCII);
    if (!key.sign("application/vnd.medforge.key-check", probe)
        .isOver("application/vnd.medforge.key-check", probe)) {
      throw new IllegalArgumentException(
          "expected a private and a public key of one pair, found two of different pairs, at key "
              + key.keyId);
    }
    return key;
  }

  /**
   * The key's identity.
   *
   * @return SHA-256 over the public key's X.509 encoding
   */
  public Digest keyId() {
    return keyId;
  }

  /**
   * What checks its signatures.
   *
   * @return the public key
   */
  public PublicKey publicKey() {
    return publicKey;
  }

  /**
   * What signs; for whoever must store it.
   *
   * @return the private key
   */
  public PrivateKey privateKey() {
    return privateKey;
  }

  /**
   * Signs a payload of a type.
   *
   * @param payloadType what the payload is, for example {@code application/vnd.in-toto+json}
   * @param payload the bytes
   * @return the signature, always the same for the same key, type and payload
   * @throws IllegalArgumentException if the private key cannot sign
   */
  public Signature sign(String payloadType, byte[] payload) {
    try {
      java.security.Signature signer = java.security.Signature.getInstance(ALGORITHM);
      signer.initSign(privateKey);
      signer.update(Signature.preAuthenticationEncoding(payloadType, payload));
      return Signature.of(publicKey, signer.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "expected an Ed25519 private key that signs, found " + e + ", at key " + keyId, e);
    }
  }

  /**
   * Signs a digest.
   *
   * @param payloadType what the digest is of
   * @param subject the digest; its text is the payload
   * @return the signature
   * @throws IllegalArgumentException if the private key cannot sign
   */
  public Signature sign(String payloadType, Digest subject) {
    return sign(payloadType, subject.toString().getBytes(StandardCharsets.US_ASCII));
  }

  /** The key's identity, never the key. */
  @Override
  public String toString() {
    return "signing key " + keyId;
  }
}
