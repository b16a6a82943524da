package io.medforge.forge.repository;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.medforge.forge.SigningKey;
import io.medforge.plugin.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes are a key that signs and checks, or are refused without being shown. */
class KeyFileFuzzTest {
  private static final Digest SUBJECT = Digest.of(new byte[] {1});
  @TempDir static Path folder;

  static Stream<byte[]> seeds() {
    SigningKey key = Entries.KEY;
    String text = pem("PRIVATE", key.privateKey().getEncoded());
    String both = text + pem("PUBLIC", key.publicKey().getEncoded());
    String other = text + pem("PUBLIC", SigningKey.generate().publicKey().getEncoded());
    return Stream.of(
            both,
            text,
            other,
            both.replace("PRIVATE", "RSA PRIVATE"),
            both.replace("MC", "MD"),
            both.replace("-----END", "----END"),
            both.replace("\n", "\r\n"),
            both.replace("=", ""),
            pem("PRIVATE", new byte[48]) + pem("PUBLIC", new byte[44]),
            both + "\u0000",
            "")
        .map(seed -> seed.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String pem(String kind, byte[] encoded) {
    return "-----BEGIN "
        + kind
        + " KEY-----\n"
        + Base64.getEncoder().encodeToString(encoded)
        + "\n-----END "
        + kind
        + " KEY-----\n";
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "30s")
  void anyBytesAreAKeyOrAreRefused(byte[] bytes) throws IOException {
    Path file = folder.resolve("fuzzed.key");
    Files.write(file, bytes);
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
    SigningKey key;
    try {
      key = KeyFile.read(file);
    } catch (IllegalArgumentException e) {
      return;
    }
    if (!key.sign("fuzz", SUBJECT).isOver("fuzz", SUBJECT)) {
      throw new AssertionError("a private key beside another's public key");
    }
  }
}
