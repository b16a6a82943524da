package io.medforge.cli.centre;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medforge.cli.CanonicalJson;
import io.medforge.plugin.MalformedPluginException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Records as JSON files: every key known and present, none twice, nothing behind the end. Files
 * appear whole or not at all.
 */
final class RecordFile {
  private static final long LARGEST = 64L << 20;
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .visibility(PropertyAccessor.IS_GETTER, JsonAutoDetect.Visibility.NONE)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private RecordFile() {}

  /** Writes a file. */
  @FunctionalInterface
  interface Content {
    void writeTo(Path newFile) throws IOException;
  }

  /**
   * Reads a record.
   *
   * @throws MalformedPluginException if the file holds something else; the message names it
   */
  static <T> T read(Path file, Class<T> type) {
    try {
      if (Files.size(file) > LARGEST) {
        throw new MalformedPluginException(
            "expected at most " + LARGEST + " bytes, found more, at " + file);
      }
      T found = MAPPER.readValue(Files.readAllBytes(file), type);
      if (found == null) {
        throw new MalformedPluginException("expected an object, found null, at " + file);
      }
      return found;
    } catch (JsonProcessingException e) {
      throw new MalformedPluginException(
          "expected the JSON that medforge writes here, found: "
              + e.getOriginalMessage()
              + ", at "
              + file,
          e);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + file, e);
    }
  }

  /** A record as canonical JSON. */
  static String text(Object document) {
    return CanonicalJson.toText(MAPPER.valueToTree(document));
  }

  /** Writes a record into a folder that is being filled. */
  static void write(Path file, Object document) throws IOException {
    Files.writeString(file, text(document), StandardCharsets.UTF_8);
  }

  /** Puts a file in its place, over an earlier one. */
  static void place(Path file, Content content) {
    Path temporary =
        file.resolveSibling(
            ".medforge-" + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".tmp");
    try {
      try {
        content.writeTo(temporary);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing " + file, e);
    }
  }
}
