package io.medforge.forge;

import io.medforge.plugin.Digest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * An Ed25519 signature (RFC 8032) with the public key that checks it. It says that the holder of
 * the key signed exactly these bytes for exactly this purpose; whose key that is, whoever asks must
 * know from elsewhere, by {@link #keyId()}. Immutable.
 *
 * <p>What is signed is the DSSE pre-authentication encoding of a payload and its type ({@code
 * DSSEv1 SP len(type) SP type SP len(payload) SP payload}), so that a signature given for one
 * purpose never passes for another.
 */
public final class Signature {
  private static final String ALGORITHM = "Ed25519";
  private static final String PREFIX = "ed25519:";
  // An X.509 SubjectPublicKeyInfo of Ed25519 is this prefix and 32 bytes (RFC 8410).
  private static final byte[] SPKI = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00
  };
  private static final int KEY_BYTES = 32;
  private static final int SIGNATURE_BYTES = 64;

  private final byte[] encodedKey;
  private final PublicKey publicKey;
  private final Digest keyId;
  private final byte[] bytes;

  private Signature(byte[] encodedKey, byte[] bytes) {
    this.encodedKey = encodedKey;
    this.publicKey = decode(encodedKey);
    this.keyId = Digest.of(encodedKey);
    this.bytes = bytes;
  }

  /**
   * A signature from its parts. Whether it fits anything is asked with {@link #isOver}.
   *
   * @param key the public key
   * @param bytes the 64 bytes of the signature; copied
   * @return the signature
   * @throws IllegalArgumentException if the key is no Ed25519 key or there are not 64 bytes
   */
  public static Signature of(PublicKey key, byte[] bytes) {
    byte[] encoded = encoded(key);
    if (bytes.length != SIGNATURE_BYTES) {
      throw new IllegalArgumentException(
          "expected an Ed25519 signature of 64 bytes, found " + bytes.length);
    }
    return new Signature(encoded, bytes.clone());
  }

  /**
   * Reads a signature as {@link #toString()} writes it.
   *
   * @param text {@code ed25519:KEY:SIGNATURE}, both in Base64
   * @return the signature
   * @throws IllegalArgumentException if the text has another form
   */
  public static Signature parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 3 || !text.startsWith(PREFIX)) {
      throw malformed(null);
    }
    try {
      byte[] key = Base64.getDecoder().decode(parts[1]);
      byte[] bytes = Base64.getDecoder().decode(parts[2]);
      if (key.length != KEY_BYTES || bytes.length != SIGNATURE_BYTES) {
        throw malformed(null);
      }
      byte[] encoded = Arrays.copyOf(SPKI, SPKI.length + KEY_BYTES);
      System.arraycopy(key, 0, encoded, SPKI.length, KEY_BYTES);
      Signature signature = new Signature(encoded, bytes);
      if (!signature.toString().equals(text)) {
        throw malformed(null); // one signature, one text
      }
      return signature;
    } catch (IllegalArgumentException e) {
      throw malformed(e);
    }
  }

  /**
   * The identity of a public key.
   *
   * @param key an Ed25519 key
   * @return SHA-256 over its X.509 encoding
   * @throws IllegalArgumentException if it is no Ed25519 key
   */
  public static Digest keyIdOf(PublicKey key) {
    return Digest.of(encoded(key));
  }

  /**
   * The identity of the key that made it.
   *
   * @return SHA-256 over the public key's X.509 encoding
   */
  public Digest keyId() {
    return keyId;
  }

  /**
   * The key that checks it.
   *
   * @return the public key
   */
  public PublicKey publicKey() {
    return publicKey;
  }

  /**
   * The signature itself.
   *
   * @return a new array of 64 bytes
   */
  public byte[] bytes() {
    return bytes.clone();
  }

  /**
   * Whether this is a signature over a payload of a type.
   *
   * @param payloadType what the payload is, for example {@code application/vnd.in-toto+json}
   * @param payload the bytes
   * @return false if type, payload, key or signature is another
   */
  public boolean isOver(String payloadType, byte[] payload) {
    try {
      java.security.Signature verifier = java.security.Signature.getInstance(ALGORITHM);
      verifier.initVerify(publicKey);
      verifier.update(preAuthenticationEncoding(payloadType, payload));
      return verifier.verify(bytes);
    } catch (GeneralSecurityException e) {
      return false; // not even the form of a signature by this key
    }
  }

  /**
   * Whether this is a signature over a digest.
   *
   * @param payloadType what the digest is of
   * @param subject the digest; its text is the payload
   * @return false if type, digest, key or signature is another
   */
  public boolean isOver(String payloadType, Digest subject) {
    return isOver(payloadType, subject.toString().getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Signature that
        && Arrays.equals(encodedKey, that.encodedKey)
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return 31 * keyId.hashCode() + Arrays.hashCode(bytes);
  }

  /** {@code ed25519:KEY:SIGNATURE}, the raw 32 and 64 bytes in Base64. */
  @Override
  public String toString() {
    Base64.Encoder encoder = Base64.getEncoder();
    byte[] key = Arrays.copyOfRange(encodedKey, SPKI.length, encodedKey.length);
    return PREFIX + encoder.encodeToString(key) + ":" + encoder.encodeToString(bytes);
  }

  /** What is signed: DSSE's encoding of a payload and its type. */
  static byte[] preAuthenticationEncoding(String payloadType, byte[] payload) {
    byte[] type = payloadType.getBytes(StandardCharsets.UTF_8);
    byte[] before = ("DSSEv1 " + type.length + " ").getBytes(StandardCharsets.US_ASCII);
    byte[] between = (" " + payload.length + " ").getBytes(StandardCharsets.US_ASCII);
    byte[] all =
        Arrays.copyOf(before, before.length + type.length + between.length + payload.length);
    System.arraycopy(type, 0, all, before.length, type.length);
    System.arraycopy(between, 0, all, before.length + type.length, between.length);
    System.arraycopy(payload, 0, all, all.length - payload.length, payload.length);
    return all;
  }

  private static byte[] encoded(PublicKey key) {
    byte[] encoded = key.getEncoded();
    boolean fits =
        encoded != null
            && encoded.length == SPKI.length + KEY_BYTES
            && Arrays.equals(encoded, 0, SPKI.length, SPKI, 0, SPKI.length);
    if (!fits) {
      throw new IllegalArgumentException(
          "expected an Ed25519 public key, found one of " + key.getAlgorithm());
    }
    return encoded;
  }

  private static PublicKey decode(byte[] encodedKey) {
    try {
      return KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(encodedKey));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("expected an Ed25519 public key, found other bytes", e);
    }
  }

  private static IllegalArgumentException malformed(@Nullable Throwable cause) {
    return new IllegalArgumentException(
        "expected ed25519:KEY:SIGNATURE with 32 and 64 bytes in Base64, found another text", cause);
  }
}
