package io.medforge.cli.centre;

import io.medforge.forge.Contribution;
import io.medforge.forge.LeakageCertificate;
import io.medforge.forge.Signature;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.safetensors.DistilledSetFile;
import io.medforge.runtime.DistilledSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A signed contribution as a folder: {@code adapter/} (or {@code module.safetensors}, with 8-bit
 * values), {@code distilled.safetensors}, {@code certificate.json} if there is one, {@value
 * #RECORD} with the signature over all of it, and {@value #MANIFEST} for people.
 */
public final class ContributionFolder {
  static final String RECORD = "contribution.json";
  static final String MANIFEST = "MANIFEST.md";

  private static final String FORMAT = "medforge-contribution-v1";
  private static final Set<String> FILES =
      Set.of(
          Branch.ADAPTER,
          LightFolder.MODULE,
          Branch.DISTILLED,
          CertificateFile.NAME,
          RECORD,
          MANIFEST);

  private ContributionFolder() {}

  private record Content(
      String format,
      String plugin,
      String module,
      String distilled,
      Map<String, String> provenance,
      @Nullable Integer baseVersion,
      @Nullable String licence,
      String statement,
      @Nullable String signature) {}

  /**
   * Fills a new folder.
   *
   * @param contribution signed
   * @param eightBit whether the module's values are of 8 bits
   * @param folder made here
   */
  static void write(Contribution contribution, boolean eightBit, Path folder) throws IOException {
    Files.createDirectories(folder);
    LightFolder.write(contribution.module(), eightBit, folder);
    DistilledSetFile.write(contribution.distilled(), folder.resolve(Branch.DISTILLED));
    for (LeakageCertificate certificate : contribution.certificates()) {
      CertificateFile.write(certificate, folder.resolve(CertificateFile.NAME));
    }
    RecordFile.write(
        folder.resolve(RECORD),
        new Content(
            FORMAT,
            contribution.module().id().toString(),
            contribution.module().digest().toString(),
            contribution.distilled().digest().toString(),
            new TreeMap<>(contribution.module().provenance().facts()),
            contribution.baseVersion().isPresent() ? contribution.baseVersion().getAsInt() : null,
            contribution.licence().orElse(null),
            contribution.statement().toString(),
            contribution.signature().map(Signature::toString).orElse(null)));
  }

  /**
   * Reads a contribution and checks that everything is what was signed.
   *
   * @param folder written by {@code medforge pack}
   * @return the contribution, with a valid signature
   * @throws MalformedPluginException if a file is missing, damaged, unknown or of another
   *     contribution, or the signature is missing or over something else; the message names it
   * @throws UncheckedIOException if it cannot be read
   */
  public static Contribution read(Path folder) {
    checkNothingElse(folder);
    Path file = folder.resolve(RECORD);
    Content content = RecordFile.read(file, Content.class);
    if (!FORMAT.equals(content.format())) {
      throw malformed(FORMAT, content.format(), file, "format");
    }
    Contribution contribution;
    try {
      contribution = contribution(folder, content);
    } catch (MalformedPluginException e) {
      throw e;
    } catch (IllegalArgumentException | NullPointerException e) {
      throw new MalformedPluginException(
          "expected a contribution, found: " + e.getMessage() + ", at " + folder, e);
    }
    String statement = contribution.statement().toString();
    if (!statement.equals(content.statement())) {
      throw malformed(content.statement(), statement, file, "statement");
    }
    if (!contribution.hasValidSignature()) {
      throw new MalformedPluginException(
          "expected a signature over the contribution's statement, found "
              + (contribution.signature().isPresent() ? "one over something else" : "none")
              + ", at "
              + file);
    }
    return contribution;
  }

  private static Contribution contribution(Path folder, Content content) {
    PluginId id = PluginId.parse(content.plugin());
    Provenance provenance = Provenance.unknown();
    for (Map.Entry<String, String> fact : content.provenance().entrySet()) {
      provenance = provenance.with(fact.getKey(), fact.getValue());
    }
    PluginModule read = LightFolder.read(folder, id, provenance);
    PluginModule module = PluginModule.of(id, read.base(), read.updates(), provenance);
    DistilledSet distilled = DistilledSetFile.read(folder.resolve(Branch.DISTILLED));
    Path file = folder.resolve(RECORD);
    if (!module.digest().toString().equals(content.module())) {
      throw malformed(content.module(), module.digest().toString(), file, "module");
    }
    if (!distilled.digest().toString().equals(content.distilled())) {
      throw malformed(content.distilled(), distilled.digest().toString(), file, "distilled");
    }
    Path certificate = folder.resolve(CertificateFile.NAME);
    Integer version = content.baseVersion();
    return new Contribution(
        module,
        distilled,
        Files.exists(certificate) ? List.of(CertificateFile.read(certificate)) : List.of(),
        version == null ? OptionalInt.empty() : OptionalInt.of(version),
        Optional.ofNullable(content.licence()),
        Optional.ofNullable(content.signature()).map(Signature::parse));
  }

  private static void checkNothingElse(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.sorted().toList()) {
        String name = String.valueOf(entry.getFileName());
        if (!FILES.contains(name)) {
          throw new MalformedPluginException(
              "expected only " + new TreeSet<>(FILES) + ", found another entry, at " + entry);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + folder, e);
    }
  }

  private static MalformedPluginException malformed(
      String expected, String found, Path file, String key) {
    return new MalformedPluginException(
        "expected " + expected + ", found " + found + ", at " + file + ", key " + key);
  }
}
