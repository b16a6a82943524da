package io.medforge.plugin.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.medforge.plugin.MalformedPluginException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which file of a folder holds which tensor: {@code {"metadata": {...}, "weight_map": {tensor:
 * file}}}. Immutable.
 *
 * @param metadata what the index says beside, each value as JSON, without {@code total_size}, which
 *     follows from the tensors
 * @param files the file's name by the tensor's
 */
record CheckpointIndex(SortedMap<String, String> metadata, SortedMap<String, String> files) {
  /** As long as a safetensors header may be. */
  private static final long MAX_BYTES = 100_000_000;

  private static final int SHOWN = 120;
  private static final String METADATA = "metadata";
  private static final String WEIGHT_MAP = "weight_map";
  private static final String TOTAL_SIZE = "total_size";

  /** A plain name: nothing that could lead out of the folder on any operating system. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.+-]{0,250}");

  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(3)
                  .maxNumberLength(40)
                  .maxNameLength(64 * 1024)
                  .maxStringLength(64 * 1024)
                  .build())
          .build();

  CheckpointIndex {
    metadata = Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
  }

  /**
   * Reads an index.
   *
   * @throws MalformedPluginException if it is none
   * @throws UncheckedIOException if it cannot be read
   */
  static CheckpointIndex read(Path path) {
    try {
      long length = Files.size(path);
      if (length > MAX_BYTES) {
        throw malformed("an index of at most " + MAX_BYTES + " bytes", length + " bytes", path);
      }
      try (JsonParser json =
          JSON.createParser(
              new InputStreamReader(
                  Files.newInputStream(path), StandardCharsets.UTF_8.newDecoder()))) {
        return new Reading(json, path).all();
      }
    } catch (CharacterCodingException e) {
      throw new MalformedPluginException("expected UTF-8, found other bytes, at " + path, e);
    } catch (JsonProcessingException e) {
      throw new MalformedPluginException(
          "expected JSON with each key once, found "
              + quote(String.valueOf(e.getOriginalMessage()))
              + ", at "
              + path,
          e);
    } catch (IOException e) {
      throw new UncheckedIOException("expected a readable file, found " + e + ", at " + path, e);
    }
  }

  /** The index as text, with the tensors' size in bytes; the same index gives the same text. */
  String toJson(long totalSize) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      json.writeObjectFieldStart(METADATA);
      for (var entry : metadata.entrySet()) {
        json.writeFieldName(entry.getKey());
        json.writeRawValue(entry.getValue());
      }
      json.writeNumberField(TOTAL_SIZE, totalSize);
      json.writeEndObject();
      json.writeObjectFieldStart(WEIGHT_MAP);
      for (var entry : files.entrySet()) {
        json.writeStringField(entry.getKey(), entry.getValue());
      }
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString().replace("\r\n", "\n") + "\n";
  }

  private static MalformedPluginException malformed(String expected, String found, Path path) {
    return new MalformedPluginException(
        "expected " + expected + ", found " + found + ", at " + path);
  }

  /** Text from a file, bounded and printable. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.chars()
        .limit(SHOWN)
        .forEach(c -> quoted.append(c >= ' ' && c < 127 && c != '"' ? (char) c : '?'));
    return quoted.append(text.length() > SHOWN ? "...\"" : "\"").toString();
  }

  /** One reading. */
  private record Reading(JsonParser json, Path path) {
    CheckpointIndex all() throws IOException {
      SortedMap<String, String> metadata = new TreeMap<>();
      SortedMap<String, String> files = new TreeMap<>();
      boolean mapped = false;
      expect(json.nextToken(), JsonToken.START_OBJECT, "an index");
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String key = json.currentName();
        expect(json.nextToken(), JsonToken.START_OBJECT, quote(key));
        switch (key) {
          case METADATA -> metadata(metadata);
          case WEIGHT_MAP -> {
            files(files);
            mapped = true;
          }
          default ->
              throw malformed("only \"metadata\" and \"weight_map\"", "key " + quote(key), path);
        }
      }
      if (json.nextToken() != null) {
        throw malformed("nothing after the index", "more", path);
      }
      if (!mapped || files.isEmpty()) {
        throw malformed("a \"weight_map\" with a tensor or more", "none", path);
      }
      return new CheckpointIndex(metadata, files);
    }

    private void metadata(SortedMap<String, String> into) throws IOException {
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String key = json.currentName();
        JsonToken value = json.nextToken();
        if (!value.isScalarValue()) {
          throw malformed("texts, numbers and truth values as metadata", quote(key), path);
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator copy = JSON.createGenerator(text)) {
          copy.copyCurrentEvent(json);
        }
        if (!key.equals(TOTAL_SIZE)) {
          into.put(key, text.toString());
        }
      }
    }

    private void files(SortedMap<String, String> into) throws IOException {
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String tensor = json.currentName();
        expect(json.nextToken(), JsonToken.VALUE_STRING, "the file of tensor " + quote(tensor));
        String file = json.getText();
        if (!PLAIN.matcher(file).matches() || !file.endsWith(Checkpoint.SUFFIX)) {
          throw malformed(
              "the plain name of a " + Checkpoint.SUFFIX + " file in the same folder",
              quote(file) + " for tensor " + quote(tensor),
              path);
        }
        into.put(tensor, file);
      }
    }

    private void expect(@Nullable JsonToken found, JsonToken expected, String what) {
      if (found != expected) {
        throw malformed(
            what + " as " + (expected == JsonToken.START_OBJECT ? "an object" : "a text"),
            found == null ? "the end" : found.toString(),
            path);
      }
    }
  }
}
