package io.medforge.forge.repository;

import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.LeakageCertificate;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.Signature;
import io.medforge.forge.SigningKey;
import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeRecord;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What goes out with a release: model card, CycloneDX ML-BOM, in-toto statement and evidence pack,
 * all filled from the record and the log, nothing by hand, in canonical JSON. They supply evidence;
 * they do not claim that a regulation is met. Immutable; the same item and log, the same bytes.
 */
public final class ReleaseDocuments {
  /** The payload type of {@link #envelope}. */
  public static final String IN_TOTO = "application/vnd.in-toto+json";

  private final String name;
  private final ForgeItem<?> item;
  private final MergeRecord record;
  private final RecordedRepository repository;
  private final List<LedgerEntry> entries;
  private final SortedMap<PluginId, Contribution> contributions = new TreeMap<>();

  private ReleaseDocuments(
      String name, ForgeItem<?> item, MergeRecord record, RecordedRepository repository) {
    this.name = name;
    this.item = item;
    this.record = record;
    this.repository = repository;
    this.entries = repository.entries();
    for (LedgerEntry entry : entries) {
      if (entry instanceof LedgerEntry.Admit admit) {
        PluginId plugin = admit.contribution().module().id();
        Digest content = item.contributions().get(plugin);
        if (content != null && content.equals(admit.contribution().digest())) {
          contributions.put(plugin, admit.contribution());
        }
      }
    }
  }

  /**
   * The documents of an item.
   *
   * @param name what the model is called
   * @param item with a model
   * @param repository the log that the item came from
   * @return the documents
   * @throws IllegalArgumentException if the name is blank, the item has no model, or the log does
   *     not hold one of its contributions
   */
  public static ReleaseDocuments of(String name, ForgeItem<?> item, RecordedRepository repository) {
    if (name.isBlank() || item.merged().isEmpty()) {
      throw new IllegalArgumentException(
          "expected a name and an item with a model, found "
              + CanonicalJson.text(name)
              + " and version "
              + item.version());
    }
    ReleaseDocuments documents =
        new ReleaseDocuments(name, item, item.merged().get().record(), repository);
    for (PluginId plugin : item.contributions().keySet()) {
      if (!documents.contributions.containsKey(plugin)) {
        throw new IllegalArgumentException(
            "expected the admission of " + plugin + " in the log, found none, at " + repository);
      }
    }
    return documents;
  }

  /**
   * The model card: what it is, what it is made of, how it was merged, what was checked, and what
   * it does not say.
   *
   * @return canonical JSON
   */
  public String modelCard() {
    Map<String, Object> card = new TreeMap<>();
    card.put("format", "medforge-model-card-v1");
    card.put("name", name);
    card.put("version", item.version());
    card.put("cause", item.cause());
    card.put("item", item.digest().toString());
    card.put("result", record.result().toString());
    card.put("base", base());
    card.put("merge", merge());
    List<Object> parts = new ArrayList<>();
    contributions.values().forEach(each -> parts.add(describe(each)));
    card.put("contributions", parts);
    card.put("checks", checks());
    card.put("limitations", limitations());
    card.put("log", CanonicalJson.parse(head(), "the tree head"));
    return CanonicalJson.text(card);
  }

  /**
   * A CycloneDX 1.6 bill of materials with a machine-learning model, its base and its parts as
   * ancestors, and the distilled sets as data.
   *
   * @return canonical JSON
   */
  public String mlBom() {
    Map<String, Object> bom = new TreeMap<>();
    bom.put("bomFormat", "CycloneDX");
    bom.put("specVersion", "1.6");
    UUID serial =
        UUID.nameUUIDFromBytes(item.digest().toString().getBytes(StandardCharsets.US_ASCII));
    bom.put("serialNumber", "urn:uuid:" + serial);
    bom.put("version", 1);
    bom.put("metadata", Map.of("component", component()));
    return CanonicalJson.text(bom);
  }

  private Map<String, Object> component() {
    Map<String, Object> component = model(name, Integer.toString(item.version()), record.result());
    component.put("bom-ref", "model");
    List<Object> ancestors = new ArrayList<>();
    Map<String, Object> base = new TreeMap<>();
    base.put("type", "machine-learning-model");
    base.put("name", record.base().name());
    record.base().digest().ifPresent(digest -> base.put("hashes", hashes(digest)));
    ancestors.add(base);
    List<Object> datasets = new ArrayList<>();
    for (Contribution each : contributions.values()) {
      PluginId id = each.module().id();
      Map<String, Object> part =
          model(id.centre() + "/" + id.name(), id.version(), each.module().digest());
      each.licence().ifPresent(terms -> part.put("licenses", List.of(Map.of("expression", terms))));
      ancestors.add(part);
      datasets.add(
          Map.of(
              "type", "dataset",
              "name", id + " distilled set",
              "description",
                  each.distilled().size()
                      + " synthetic examples of "
                      + each.distilled().labels().name()
                      + ", "
                      + each.distilled().digest()));
    }
    component.put("pedigree", Map.of("ancestors", ancestors));
    Map<String, Object> parameters = new TreeMap<>();
    parameters.put("approach", Map.of("type", "supervised"));
    parameters.put("modelArchitecture", record.strategy() + " of plugins on " + record.base());
    parameters.put("datasets", datasets);
    component.put(
        "modelCard",
        Map.of(
            "modelParameters",
            parameters,
            "considerations",
            Map.of("technicalLimitations", limitations())));
    List<Object> properties = new ArrayList<>();
    record
        .parameters()
        .forEach((key, value) -> properties.add(property("medforge:merge:" + key, value)));
    properties.add(property("medforge:item", item.digest().toString()));
    properties.add(property("medforge:log", new String(head(), StandardCharsets.UTF_8)));
    component.put("properties", properties);
    return component;
  }

  private static Map<String, Object> model(String name, String version, Digest digest) {
    Map<String, Object> component = new TreeMap<>();
    component.put("type", "machine-learning-model");
    component.put("name", name);
    component.put("version", version);
    component.put("hashes", hashes(digest));
    return component;
  }

  private static List<Object> hashes(Digest digest) {
    return List.of(Map.of("alg", "SHA-256", "content", digest.hex()));
  }

  private static Map<String, Object> property(String key, String value) {
    return Map.of("name", key, "value", value);
  }

  /**
   * An in-toto statement (v1) with SLSA provenance (v1): this result came of these modules by this
   * merge.
   *
   * @return canonical JSON
   */
  public String statement() {
    List<Object> materials = new ArrayList<>();
    for (Contribution each : contributions.values()) {
      materials.add(
          Map.of(
              "name", each.module().id().toString(),
              "digest", Map.of("sha256", each.module().digest().hex())));
    }
    Map<String, Object> definition = new TreeMap<>();
    definition.put("buildType", "urn:medforge:merge:v1");
    definition.put("externalParameters", merge());
    definition.put("resolvedDependencies", materials);
    Map<String, Object> details = new TreeMap<>();
    details.put("builder", Map.of("id", "urn:medforge:" + record.environment().library()));
    Map<String, Object> statement = new TreeMap<>();
    statement.put("_type", "https://in-toto.io/Statement/v1");
    statement.put(
        "subject",
        List.of(Map.of("name", name, "digest", Map.of("sha256", record.result().hex()))));
    statement.put("predicateType", "https://slsa.dev/provenance/v1");
    statement.put("predicate", Map.of("buildDefinition", definition, "runDetails", details));
    return CanonicalJson.text(statement);
  }

  /**
   * The statement in a signed DSSE envelope.
   *
   * @param key whoever answers for the release
   * @return canonical JSON
   */
  public String envelope(SigningKey key) {
    byte[] payload = statement().getBytes(StandardCharsets.UTF_8);
    Signature signature = key.sign(IN_TOTO, payload);
    Base64.Encoder base64 = Base64.getEncoder();
    return CanonicalJson.text(
        Map.of(
            "payloadType",
            IN_TOTO,
            "payload",
            base64.encodeToString(payload),
            "signatures",
            List.of(
                Map.of(
                    "keyid", key.keyId().hex(), "sig", base64.encodeToString(signature.bytes())))));
  }

  /**
   * Writes the evidence pack: the documents above, every decision, the records of the log with
   * their inclusion proofs, and {@code manifest.json} with the SHA-256 of each file.
   *
   * @param folder a new folder
   * @throws UncheckedIOException if the folder exists or cannot be written
   */
  public void writeEvidence(Path folder) {
    SortedMap<String, byte[]> files = new TreeMap<>();
    files.put("model-card.json", utf8(modelCard()));
    files.put("bom.json", utf8(mlBom()));
    files.put("statement.json", utf8(statement()));
    files.put("approvals.json", utf8(CanonicalJson.text(decisions())));
    files.put("tree-head.json", head());
    MerkleLog tree = repository.merkleLog();
    for (int i = 0; i < tree.size(); i++) {
      String number = Integer.toString(i);
      files.put("log/" + number + ".json", repository.record(i));
      List<String> proof = tree.inclusionProof(i).stream().map(Digest::toString).toList();
      files.put("log/" + number + ".proof.json", utf8(CanonicalJson.text(proof)));
    }
    Map<String, Object> manifest = new TreeMap<>();
    files.forEach((file, bytes) -> manifest.put(file, Digest.of(bytes).toString()));
    files.put("manifest.json", utf8(CanonicalJson.text(manifest)));
    try {
      Files.createDirectory(folder);
      Files.createDirectory(folder.resolve("log"));
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Files.write(folder.resolve(file.getKey()), file.getValue(), StandardOpenOption.CREATE_NEW);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("expected to write a new folder, found " + e, e);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private byte[] head() {
    return utf8(repository.treeHead().toJson());
  }

  private Map<String, Object> base() {
    Map<String, Object> base = new TreeMap<>();
    base.put("name", record.base().name());
    record.base().digest().ifPresent(digest -> base.put("digest", digest.toString()));
    return base;
  }

  private Map<String, Object> merge() {
    Map<String, Object> merge = new TreeMap<>();
    merge.put("strategy", record.strategy());
    merge.put("parameters", record.parameters());
    record.seed().ifPresent(seed -> merge.put("seed", seed));
    record.coefficients().ifPresent(used -> merge.put("coefficients", coefficients(used)));
    Map<String, Object> layers = new TreeMap<>();
    record
        .layers()
        .forEach(
            (layer, of) ->
                layers.put(
                    layer, Map.of("rank", of.rank(), "discardedEnergy", of.discardedEnergy())));
    merge.put("layers", layers);
    merge.put("remarks", record.remarks());
    return merge;
  }

  private static Map<String, Object> coefficients(Coefficients used) {
    Map<String, Object> json = new TreeMap<>();
    if (used instanceof Coefficients.PerPlugin one) {
      one.weights().forEach((plugin, weight) -> json.put(plugin.toString(), weight));
    } else if (used instanceof Coefficients.PerLayer many) {
      many.layers().forEach((layer, weights) -> json.put(layer, coefficients(weights)));
    }
    return json;
  }

  private static Map<String, Object> describe(Contribution each) {
    Map<String, Object> json = new TreeMap<>();
    json.put("plugin", each.module().id().toString());
    json.put("module", each.module().digest().toString());
    json.put("distilled", each.distilled().digest().toString());
    json.put("examples", each.distilled().size());
    json.put("task", each.distilled().labels().name());
    each.licence().ifPresent(terms -> json.put("licence", terms));
    each.baseVersion().ifPresent(version -> json.put("baseVersion", version));
    each.signature().ifPresent(signature -> json.put("key", signature.keyId().toString()));
    json.put(
        "certificates",
        each.certificates().stream()
            .map(LeakageCertificate::level)
            .map(LeakageCertificate.Level::name)
            .toList());
    return json;
  }

  private List<Object> checks() {
    List<Object> checks = new ArrayList<>();
    for (LedgerEntry entry : entries) {
      for (Finding finding : entry.outcome().findings()) {
        checks.add(
            Map.of(
                "check", finding.check(),
                "verdict", finding.verdict().name(),
                "message", finding.message(),
                "numbers", finding.numbers()));
      }
    }
    return checks;
  }

  private List<Object> decisions() {
    List<Object> decisions = new ArrayList<>();
    for (LedgerEntry entry : entries) {
      if (entry instanceof LedgerEntry.Decide decide) {
        decisions.add(
            Map.of(
                "subject", decide.subject().toString(),
                "role", decide.role(),
                "decision", decide.decision(),
                "comment", decide.comment(),
                "signature", decide.signature().toString()));
      }
    }
    return decisions;
  }

  private List<String> limitations() {
    List<String> limitations = new ArrayList<>(record.remarks());
    long uncertified =
        contributions.values().stream().filter(each -> each.certificates().isEmpty()).count();
    if (uncertified > 0) {
      limitations.add(uncertified + " contributions carry no leakage certificate");
    }
    limitations.add("Distilled sets are synthetic; results on them are no clinical validation");
    limitations.add(
        "Withdrawing a contribution does not reach copies of the model that were released with it");
    return limitations;
  }
}
