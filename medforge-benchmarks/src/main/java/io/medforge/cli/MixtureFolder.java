package io.medforge.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.PluginSet;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.safetensors.PluginModuleFile;
import io.medforge.plugin.safetensors.TensorBundleFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A mixture as a folder: {@value #INDEX} names what belongs together, the plugins stand under
 * {@code plugins/CENTRE/NAME/VERSION.safetensors}, {@value #MEMORY} is the output memory, {@value
 * #GATE} the gate's numbers. Every file's content has a digest in another, so none can be exchanged
 * for another unnoticed; file names follow from plugin ids and are never read from the index.
 */
public final class MixtureFolder {
  static final String INDEX = "mixture.json";
  static final String MEMORY = "memory.safetensors";
  static final String GATE = "gate.safetensors";
  static final String RECORD = "merge-record.json";

  private static final String FORMAT = "medforge-mixture-folder";
  private static final int VERSION = 1;
  private static final int LARGEST_INDEX = 16 << 20;
  private static final ObjectMapper STRICT =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private MixtureFolder() {}

  /**
   * Fills a new folder.
   *
   * @param folder made here
   * @param mixture what to keep
   * @param record how it came to be
   * @throws IOException if it cannot be written
   */
  public static void write(Path folder, StoredMixture mixture, MergeRecord record)
      throws IOException {
    Files.createDirectories(folder);
    List<PluginModule> plugins = mixture.model().plugins().plugins();
    for (PluginModule plugin : plugins) {
      Path file = file(folder, plugin.id());
      Files.createDirectories(file.resolveSibling(""));
      PluginModuleFile.write(plugin, file);
    }
    TensorBundleFile.write(mixture.memory().toBundle(), folder.resolve(MEMORY));
    TensorBundleFile.write(mixture.model().toBundle(), folder.resolve(GATE));
    text(folder, RECORD, CanonicalJson.toText(MergeRecordJson.of(record)));
    text(folder, INDEX, CanonicalJson.toText(index(mixture, plugins)));
  }

  private static ObjectNode index(StoredMixture mixture, List<PluginModule> plugins) {
    ObjectNode index = JsonNodeFactory.instance.objectNode();
    index.put("format", FORMAT).put("version", VERSION);
    index.set("base", MergeRecordJson.base(plugins.get(0).base()));
    index.put("memory", mixture.memory().digest().toString());
    index.put("mixture", mixture.model().digest().toString());
    ArrayNode members = index.putArray("plugins");
    for (PluginModule plugin : plugins) {
      ObjectNode member = members.addObject();
      member.put("id", plugin.id().toString()).put("digest", plugin.digest().toString());
      ObjectNode provenance = member.putObject("provenance");
      plugin.provenance().facts().forEach(provenance::put);
    }
    return index;
  }

  /**
   * Reads a folder.
   *
   * @param folder written by {@link #write}
   * @return the mixture; its plugins' large tensors stay in their files
   * @throws MalformedPluginException if a file is missing, damaged or of another mixture; the
   *     message names it
   * @throws UncheckedIOException if it cannot be read
   */
  static StoredMixture read(Path folder) {
    Path file = folder.resolve(INDEX);
    JsonNode index = parse(file);
    expect(index.path("format").asText(), FORMAT, file, "format");
    expect(index.path("version").asText(), Integer.toString(VERSION), file, "version");
    List<PluginModule> plugins = new ArrayList<>();
    Iterator<JsonNode> members = index.path("plugins").elements();
    TreeSet<PluginId> seen = new TreeSet<>();
    while (members.hasNext()) {
      PluginModule plugin = plugin(folder, members.next(), file);
      if (!seen.add(plugin.id())) {
        throw malformed("each plugin once", plugin.id() + " twice", file, "plugins");
      }
      plugins.add(plugin);
    }
    if (plugins.isEmpty()) {
      throw malformed("at least one plugin", "none", file, "plugins");
    }
    PluginSet set = PluginSet.allowingMissingLayers(plugins);
    OutputMemory memory = OutputMemory.ofBundle(TensorBundleFile.read(folder.resolve(MEMORY)), set);
    MixtureModel model = MixtureModel.ofBundle(TensorBundleFile.read(folder.resolve(GATE)), set);
    expect(memory.digest().toString(), index.path("memory").asText(), file, "memory");
    expect(model.digest().toString(), index.path("mixture").asText(), file, "mixture");
    return new StoredMixture(model, memory);
  }

  private static PluginModule plugin(Path folder, JsonNode member, Path index) {
    PluginId id;
    try {
      id = PluginId.parse(member.path("id").asText());
    } catch (IllegalArgumentException e) {
      throw new MalformedPluginException(e.getMessage() + ", at " + index + ", key id", e);
    }
    Provenance provenance = Provenance.unknown();
    Iterator<String> facts = member.path("provenance").fieldNames();
    while (facts.hasNext()) {
      String fact = facts.next();
      provenance = provenance.with(fact, member.path("provenance").path(fact).asText());
    }
    PluginModule plugin = PluginModuleFile.read(file(folder, id), id, provenance);
    expect(plugin.digest().toString(), member.path("digest").asText(), index, "digest of " + id);
    return plugin;
  }

  private static JsonNode parse(Path file) {
    try {
      if (Files.size(file) > LARGEST_INDEX) {
        throw malformed("at most " + LARGEST_INDEX + " bytes", "more", file, "its size");
      }
      return STRICT.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw new MalformedPluginException(
          "expected JSON, found: " + e.getOriginalMessage() + ", at " + file, e);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + file, e);
    }
  }

  /** An id's parts are safe in file names. */
  private static Path file(Path folder, PluginId id) {
    return folder
        .resolve("plugins")
        .resolve(id.centre())
        .resolve(id.name())
        .resolve(id.version() + ".safetensors");
  }

  private static void text(Path folder, String name, String content) throws IOException {
    Files.writeString(folder.resolve(name), content, StandardCharsets.UTF_8);
  }

  private static void expect(@Nullable String found, String expected, Path file, String key) {
    if (!expected.equals(found)) {
      throw malformed(expected, String.valueOf(found), file, key);
    }
  }

  private static MalformedPluginException malformed(
      String expected, String found, Path file, String key) {
    return new MalformedPluginException(
        "expected " + expected + ", found " + found + ", at " + file + ", key " + key);
  }
}
