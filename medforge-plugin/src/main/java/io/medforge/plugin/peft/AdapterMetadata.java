package io.medforge.plugin.peft;

import static io.medforge.plugin.peft.Refusal.malformed;
import static io.medforge.plugin.peft.Refusal.quote;

import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * What a module says beyond PEFT's configuration: text under {@code medforge.*} keys in the tensor
 * file's metadata, which PEFT ignores.
 *
 * @param id the plugin's id
 * @param baseDigest the base's digest
 * @param labels label spaces by parameter, where stated
 * @param scalings exact scalings by module, where no lora_alpha divides to them
 * @param padding modules whose B has a bias of zeros only because PEFT wants all or none
 * @param facts the provenance
 */
record AdapterMetadata(
    Optional<PluginId> id,
    Optional<Digest> baseDigest,
    SortedMap<String, LabelSpace> labels,
    SortedMap<String, Double> scalings,
    SortedSet<String> padding,
    SortedMap<String, String> facts) {
  static final String PREFIX = "medforge.";
  static final String FORMAT = "format";

  private static final String ID = "medforge.id";
  private static final String BASE_DIGEST = "medforge.base.digest";
  private static final String LABELS = "medforge.labels";
  private static final String SCALINGS = "medforge.scalings";
  private static final String PADDING = "medforge.padding";
  private static final String PROVENANCE = "medforge.provenance";
  private static final Set<String> KEYS =
      Set.of(ID, BASE_DIGEST, LABELS, SCALINGS, PADDING, PROVENANCE);

  /**
   * Reads a file's metadata.
   *
   * @throws io.medforge.plugin.MalformedPluginException if a {@code medforge.*} key is unknown or
   *     says something malformed
   */
  static AdapterMetadata parse(SortedMap<String, String> metadata, String file) {
    SortedMap<String, String> facts = new TreeMap<>();
    metadata.forEach(
        (key, value) -> {
          if (key.startsWith(PREFIX) && !KEYS.contains(key)) {
            throw malformed("metadata " + new TreeSet<>(KEYS), quote(key), file);
          }
          if (!key.startsWith(PREFIX) && !key.equals(FORMAT)) {
            facts.put(Facts.METADATA + key, value);
          }
        });
    object(metadata, PROVENANCE, file).ifPresent(json -> facts.putAll(json.textsByKey("facts")));
    return new AdapterMetadata(
        value(metadata, ID, PluginId::parse, file),
        value(metadata, BASE_DIGEST, Digest::parse, file),
        labels(metadata, file),
        new TreeMap<>(
            object(metadata, SCALINGS, file)
                .map(json -> json.numbers("scalings"))
                .orElse(Map.of())),
        new TreeSet<>(
            object(metadata, PADDING, file).map(json -> json.texts("modules")).orElse(List.of())),
        facts);
  }

  /** The metadata as {@link #parse} reads it. Equal content gives equal text. */
  SortedMap<String, String> toText() {
    SortedMap<String, String> text = new TreeMap<>();
    text.put(FORMAT, "pt");
    id.ifPresent(value -> text.put(ID, value.toString()));
    baseDigest.ifPresent(value -> text.put(BASE_DIGEST, value.toString()));
    if (!labels.isEmpty()) {
      JsonText json = JsonText.compact();
      labels.forEach(
          (parameter, space) ->
              json.object(
                  parameter,
                  inner -> inner.put("name", space.name()).put("classes", space.classes())));
      text.put(LABELS, json.toString());
    }
    if (!scalings.isEmpty()) {
      text.put(SCALINGS, JsonText.compact().putNumbers("scalings", scalings).toString());
    }
    if (!padding.isEmpty()) {
      text.put(PADDING, JsonText.compact().put("modules", padding).toString());
    }
    if (!facts.isEmpty()) {
      text.put(PROVENANCE, JsonText.compact().putTexts("facts", facts).toString());
    }
    return text;
  }

  private static SortedMap<String, LabelSpace> labels(
      SortedMap<String, String> metadata, String file) {
    SortedMap<String, LabelSpace> labels = new TreeMap<>();
    object(metadata, LABELS, file)
        .ifPresent(
            json ->
                json.objects()
                    .forEach((parameter, space) -> labels.put(parameter, labelSpace(space))));
    return labels;
  }

  private static LabelSpace labelSpace(JsonObject json) {
    try {
      return new LabelSpace(json.text("name").orElse(""), json.texts("classes"));
    } catch (IllegalArgumentException e) {
      throw malformed("a label space", quote(String.valueOf(e.getMessage())), json.at(), e);
    }
  }

  private static Optional<JsonObject> object(
      SortedMap<String, String> metadata, String key, String file) {
    return Optional.ofNullable(metadata.get(key))
        .map(text -> JsonObject.parse(text, file + ", metadata " + quote(key)));
  }

  private static <T> Optional<T> value(
      SortedMap<String, String> metadata, String key, Function<String, T> parse, String file) {
    try {
      return Optional.ofNullable(metadata.get(key)).map(parse);
    } catch (IllegalArgumentException e) {
      throw malformed(
          "a well-formed value",
          quote(String.valueOf(e.getMessage())),
          file + ", metadata " + quote(key),
          e);
    }
  }
}
