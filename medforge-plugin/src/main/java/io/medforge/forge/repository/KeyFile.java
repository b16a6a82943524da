package io.medforge.forge.repository;

import io.medforge.forge.SigningKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/**
 * Ed25519 keys in PEM files, for sites without a hardware token: the private key as unencrypted
 * PKCS #8 followed by the public key, in a file that only its owner may read; the public key alone
 * as X.509, as {@code openssl pkey -pubout} writes it. The only place where this library writes a
 * private key.
 */
public final class KeyFile {
  private static final String PRIVATE = "PRIVATE KEY";
  private static final String PUBLIC = "PUBLIC KEY";
  private static final int LONGEST = 4096;
  private static final Base64.Encoder ENCODER =
      Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

  private KeyFile() {}

  /**
   * Writes a key. The file is made with permissions for its owner only, before anything is in it:
   * POSIX permissions, or an access control list where the file system has those instead (Windows).
   *
   * @param key the key
   * @param file a new file on a file system with permissions of either kind
   * @throws IllegalArgumentException if the private key cannot be taken out of where it lives
   * @throws UncheckedIOException if the file exists, its file system has no such permissions, or it
   *     cannot be written
   */
  public static void write(SigningKey key, Path file) {
    byte[] encoded = key.privateKey().getEncoded();
    if (encoded == null) {
      throw new IllegalArgumentException(
          "expected a private key that can be written, found one that cannot, at " + key);
    }
    String text = pem(PRIVATE, encoded) + pem(PUBLIC, key.publicKey().getEncoded());
    try (SeekableByteChannel out = OwnerOnly.create(file)) {
      Channels.newOutputStream(out).write(text.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException("expected to write a new file, found " + e, e);
    }
  }

  /**
   * Reads a key as {@link #write} wrote it.
   *
   * @param file the file
   * @return the key
   * @throws IllegalArgumentException if others than the owner may read or write the file, or it
   *     holds no such key; the message never shows what it holds
   * @throws UncheckedIOException if it cannot be read
   */
  public static SigningKey read(Path file) {
    checkPermissions(file);
    String text = text(file);
    try {
      KeyFactory factory = KeyFactory.getInstance("Ed25519");
      PrivateKey privateKey =
          factory.generatePrivate(new PKCS8EncodedKeySpec(block(PRIVATE, text, file)));
      return SigningKey.of(privateKey, publicKey(text, file));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "expected an Ed25519 private key, found something else, at " + file, e);
    }
  }

  /**
   * Writes a public key.
   *
   * @param key the key
   * @param file a new file
   * @throws UncheckedIOException if the file exists or cannot be written
   */
  public static void writePublic(PublicKey key, Path file) {
    try {
      Files.writeString(
          file,
          pem(PUBLIC, key.getEncoded()),
          StandardCharsets.US_ASCII,
          StandardOpenOption.CREATE_NEW,
          StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new UncheckedIOException("expected to write a new file, found " + e, e);
    }
  }

  /**
   * Reads a public key, from a file of its own or beside its private key.
   *
   * @param file the file
   * @return the key
   * @throws IllegalArgumentException if the file holds no such key
   * @throws UncheckedIOException if it cannot be read
   */
  public static PublicKey readPublic(Path file) {
    return publicKey(text(file), file);
  }

  private static PublicKey publicKey(String text, Path file) {
    try {
      return KeyFactory.getInstance("Ed25519")
          .generatePublic(new X509EncodedKeySpec(block(PUBLIC, text, file)));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "expected an Ed25519 public key, found something else, at " + file, e);
    }
  }

  private static void checkPermissions(Path file) {
    try {
      OwnerOnly.check(file);
    } catch (IOException e) {
      throw new UncheckedIOException("expected a readable file, found " + e, e);
    }
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > LONGEST) {
        throw new IllegalArgumentException(
            "expected a key of at most " + LONGEST + " bytes, found a longer file, at " + file);
      }
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException("expected a readable file, found " + e, e);
    }
  }

  private static byte[] block(String label, String text, Path file) {
    String begin = "-----BEGIN " + label + "-----";
    int from = text.indexOf(begin);
    int to = from < 0 ? -1 : text.indexOf("-----END " + label + "-----", from + begin.length());
    if (to < 0) {
      throw new IllegalArgumentException(
          "expected a PEM block of a " + label + ", found none, at " + file);
    }
    try {
      String base64 = text.substring(from + begin.length(), to).replaceAll("\\s", "");
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "expected Base64 in the PEM block of a " + label + ", found other text, at " + file);
    }
  }

  private static String pem(String label, byte[] encoded) {
    String base64 = ENCODER.encodeToString(encoded);
    return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
  }
}
