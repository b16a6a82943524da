package io.medforge.forge.repository;

import io.medforge.forge.SigningKey;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;

/** Signatures as {@code ssh-keygen -Y sign -n git} makes them (OpenSSH, PROTOCOL.sshsig). */
final class SshSignature {
  private static final byte[] MAGIC = "SSHSIG".getBytes(StandardCharsets.US_ASCII);
  private static final String NAMESPACE = "git";
  private static final String HASH = "sha512";
  private static final String KEY_TYPE = "ssh-ed25519";
  private static final int KEY_BYTES = 32;
  private static final Base64.Encoder LINES =
      Base64.getMimeEncoder(70, "\n".getBytes(StandardCharsets.US_ASCII));

  private SshSignature() {}

  /** The armoured signature over a commit without one. */
  static byte[] over(byte[] commit, SigningKey key) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-512").digest(commit);
      Wire signed = new Wire().raw(MAGIC).text(NAMESPACE).text("").text(HASH).bytes(hash);
      Signature signer = Signature.getInstance("Ed25519");
      signer.initSign(key.privateKey());
      signer.update(signed.toBytes());
      byte[] signature = new Wire().text(KEY_TYPE).bytes(signer.sign()).toBytes();
      Wire blob = new Wire().raw(MAGIC).number(1).bytes(publicKey(key.publicKey()));
      blob.text(NAMESPACE).text("").text(HASH).bytes(signature);
      String armoured =
          "-----BEGIN SSH SIGNATURE-----\n"
              + LINES.encodeToString(blob.toBytes())
              + "\n-----END SSH SIGNATURE-----\n";
      return armoured.getBytes(StandardCharsets.US_ASCII);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("expected a key that signs, found " + e, e);
    }
  }

  /** A public key as a line of {@code allowed_signers} or {@code authorized_keys} shows it. */
  static String publicKeyLine(PublicKey key) {
    return KEY_TYPE + " " + Base64.getEncoder().encodeToString(publicKey(key));
  }

  private static byte[] publicKey(PublicKey key) {
    byte[] encoded = key.getEncoded();
    byte[] raw = Arrays.copyOfRange(encoded, encoded.length - KEY_BYTES, encoded.length);
    return new Wire().text(KEY_TYPE).bytes(raw).toBytes();
  }

  /** SSH's wire format. */
  private static final class Wire {
    private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(buffer);

    Wire raw(byte[] bytes) {
      try {
        out.write(bytes);
        return this;
      } catch (IOException e) {
        throw new UncheckedIOException(e); // memory does not fail
      }
    }

    Wire number(int number) {
      try {
        out.writeInt(number);
        return this;
      } catch (IOException e) {
        throw new UncheckedIOException(e); // memory does not fail
      }
    }

    Wire bytes(byte[] bytes) {
      return number(bytes.length).raw(bytes);
    }

    Wire text(String text) {
      return bytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    byte[] toBytes() {
      return buffer.toByteArray();
    }
  }
}
