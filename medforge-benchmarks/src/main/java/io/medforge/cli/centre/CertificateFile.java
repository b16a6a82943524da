package io.medforge.cli.centre;

import io.medforge.forge.LeakageCertificate;
import io.medforge.forge.Signature;
import io.medforge.plugin.Digest;
import io.medforge.plugin.MalformedPluginException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Leakage certificates as JSON files. */
public final class CertificateFile {
  /** What the file is called in a branch and in a contribution. */
  public static final String NAME = "certificate.json";

  private CertificateFile() {}

  private record Content(
      LeakageCertificate.Level level,
      String module,
      String distilled,
      String auditVersion,
      String statistics,
      String issuedAt,
      @Nullable String signature) {}

  /**
   * Writes a certificate, over an earlier one, whole or not at all.
   *
   * @param certificate signed or not
   * @param file its file, in a folder that exists
   * @throws java.io.UncheckedIOException if it cannot be written
   */
  public static void write(LeakageCertificate certificate, Path file) {
    Content content =
        new Content(
            certificate.level(),
            certificate.module().toString(),
            certificate.distilled().toString(),
            certificate.auditVersion(),
            certificate.statistics(),
            certificate.issuedAt().toString(),
            certificate.signature().map(Signature::toString).orElse(null));
    RecordFile.place(file, target -> RecordFile.write(target, content));
  }

  /**
   * Reads a certificate.
   *
   * @param file written by {@link #write}
   * @return the certificate; a signature that it has is over it
   * @throws MalformedPluginException if the file holds something else, or a signature over
   *     something else; the message names the file
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static LeakageCertificate read(Path file) {
    Content content = RecordFile.read(file, Content.class);
    LeakageCertificate certificate;
    try {
      certificate =
          new LeakageCertificate(
              content.level(),
              Digest.parse(content.module()),
              Digest.parse(content.distilled()),
              content.auditVersion(),
              content.statistics(),
              Instant.parse(content.issuedAt()),
              Optional.ofNullable(content.signature()).map(Signature::parse));
    } catch (IllegalArgumentException | DateTimeException | NullPointerException e) {
      throw new MalformedPluginException(
          "expected a certificate, found: " + e.getMessage() + ", at " + file, e);
    }
    if (certificate.signature().isPresent() && !certificate.hasValidSignature()) {
      throw new MalformedPluginException(
          "expected a signature over the certificate, found one over something else, at " + file);
    }
    return certificate;
  }
}
