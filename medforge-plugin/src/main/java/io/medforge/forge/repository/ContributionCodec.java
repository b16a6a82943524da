package io.medforge.forge.repository;

import io.medforge.forge.Contribution;
import io.medforge.forge.LeakageCertificate;
import io.medforge.forge.Signature;
import io.medforge.plugin.Digest;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.safetensors.DistilledSetFile;
import io.medforge.plugin.safetensors.PluginModuleFile;
import io.medforge.runtime.DistilledSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;

/** Contributions as JSON and two objects. */
final class ContributionCodec {
  private static final String PROVENANCE = "provenance/";

  private final Store store;

  ContributionCodec(Store store) {
    this.store = store;
  }

  Map<String, Object> encode(Contribution contribution, EntryCodec.Draft draft) throws IOException {
    Map<String, Object> json = new TreeMap<>();
    PluginModule module = contribution.module();
    json.put("plugin", module.id().toString());
    json.put("module", module.digest().toString());
    json.put("moduleObject", write(file -> PluginModuleFile.write(module, file), draft));
    DistilledSet distilled = contribution.distilled();
    json.put("distilled", distilled.digest().toString());
    json.put("distilledObject", write(file -> DistilledSetFile.write(distilled, file), draft));
    Map<String, Object> provenance = new TreeMap<>();
    module
        .provenance()
        .facts()
        .forEach((fact, value) -> provenance.put(fact, draft.commit(PROVENANCE + fact, value)));
    json.put("provenance", provenance);
    List<Object> certificates = new ArrayList<>();
    contribution.certificates().forEach(each -> certificates.add(encode(each)));
    json.put("certificates", certificates);
    contribution.baseVersion().ifPresent(version -> json.put("baseVersion", version));
    contribution.licence().ifPresent(licence -> json.put("licence", licence));
    json.put("statement", contribution.statement().toString());
    contribution.signature().ifPresent(each -> json.put("signature", each.toString()));
    return json;
  }

  /** Writes an object where the store can take it from, and gives its name. */
  private String write(Consumer<Path> writer, EntryCodec.Draft draft) throws IOException {
    Path file = store.temporaryFolder().resolve(UUID.randomUUID() + ".safetensors");
    draft.temporary(file);
    writer.accept(file);
    Digest digest;
    try (var in = Files.newInputStream(file)) {
      digest = FileDigest.of(in);
    }
    draft.object(new Store.NewObject(digest, file));
    return digest.toString();
  }

  private static Map<String, Object> encode(LeakageCertificate certificate) {
    Map<String, Object> json = new TreeMap<>();
    json.put("level", certificate.level().name());
    json.put("auditVersion", certificate.auditVersion());
    json.put("statistics", certificate.statistics());
    json.put("issuedAt", certificate.issuedAt().toString());
    certificate.signature().ifPresent(each -> json.put("signature", each.toString()));
    return json;
  }

  /**
   * Reads a contribution and checks its digests and signatures.
   *
   * @throws MalformedPluginException at the first thing that is not as it was recorded
   */
  Contribution decode(Fields json, Openings openings) throws IOException {
    PluginId id = json.parsed("plugin", PluginId::parse, "a plugin's id");
    Provenance provenance = provenance(json.object("provenance"), openings);
    Path moduleFile = store.object(json.digest("moduleObject"));
    Path distilledFile = store.object(json.digest("distilledObject"));
    PluginModule module = PluginModuleFile.read(moduleFile, id, provenance);
    DistilledSet distilled = DistilledSetFile.read(distilledFile);
    expect(json.digest("module"), module.digest(), "the module's digest", json);
    expect(json.digest("distilled"), distilled.digest(), "the distilled set's digest", json);
    List<LeakageCertificate> certificates = new ArrayList<>();
    for (Object each : json.list("certificates")) {
      String where = json.where() + ", certificate " + certificates.size();
      certificates.add(certificate(Fields.of(each, where), module, distilled));
    }
    OptionalInt baseVersion =
        json.has("baseVersion") ? OptionalInt.of(json.integer("baseVersion")) : OptionalInt.empty();
    Optional<String> licence = json.optionalText("licence");
    Optional<Signature> signature = signature(json);
    Digest statement = json.digest("statement");
    json.end();
    Contribution contribution;
    try {
      contribution =
          new Contribution(module, distilled, certificates, baseVersion, licence, signature);
    } catch (IllegalArgumentException e) {
      throw new MalformedPluginException(e.getMessage() + ", at " + json.where(), e);
    }
    if (openings.redacted() == 0) {
      expect(statement, contribution.statement(), "the contribution's statement", json);
    }
    if (signature.isPresent() && !Contribution.isSignedStatement(signature.get(), statement)) {
      throw new MalformedPluginException(
          "expected a signature over the contribution's statement, found one over something else"
              + " by key "
              + signature.get().keyId()
              + ", at "
              + json.where());
    }
    return contribution;
  }

  private static Provenance provenance(Fields json, Openings openings) {
    Provenance provenance = Provenance.unknown();
    for (String fact : json.keys()) {
      provenance = provenance.with(fact, openings.open(PROVENANCE + fact, json.object(fact)));
    }
    json.end();
    return provenance;
  }

  private static LeakageCertificate certificate(
      Fields json, PluginModule module, DistilledSet distilled) {
    LeakageCertificate certificate;
    try {
      certificate =
          new LeakageCertificate(
              json.parsed("level", LeakageCertificate.Level::valueOf, "a level"),
              module.digest(),
              distilled.digest(),
              json.text("auditVersion"),
              json.text("statistics"),
              json.parsed("issuedAt", Instant::parse, "a time"),
              signature(json));
    } catch (IllegalArgumentException e) {
      throw new MalformedPluginException(e.getMessage() + ", at " + json.where(), e);
    }
    json.end();
    if (certificate.signature().isPresent() && !certificate.hasValidSignature()) {
      throw new MalformedPluginException(
          "expected a signature over the certificate, found one over something else, at "
              + json.where());
    }
    return certificate;
  }

  private static Optional<Signature> signature(Fields json) {
    return json.has("signature")
        ? Optional.of(json.parsed("signature", Signature::parse, "a signature"))
        : Optional.empty();
  }

  private static void expect(Digest expected, Digest found, String what, Fields json) {
    if (!expected.equals(found)) {
      throw new MalformedPluginException(
          "expected " + expected + ", found " + found + " as " + what + ", at " + json.where());
    }
  }
}
