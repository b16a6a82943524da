package io.medforge.plugin.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The adapter folders that the real PEFT wrote; see NOTES.md beside them. */
final class GoldenFolders {
  private GoldenFolders() {}

  static Path root() {
    return resource("golden/peft-0.21.2");
  }

  static Path resource(String name) {
    try {
      URL url = Objects.requireNonNull(GoldenFolders.class.getResource(name), name);
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static Stream<Path> accepted() {
    return all().stream().filter(folder -> expected(folder).get("accepted").booleanValue());
  }

  static Stream<Path> refused() {
    // MiCA leaves the base as it is and only freezes B, so its product is a plain update.
    return all().stream()
        .filter(folder -> !expected(folder).get("accepted").booleanValue())
        .filter(folder -> !folder.endsWith("mica"));
  }

  static JsonNode expected(Path folder) {
    return json(folder.resolve("expected.json"));
  }

  static JsonNode json(Path file) {
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> all() {
    try (Stream<Path> folders = Files.list(root())) {
      return folders.filter(Files::isDirectory).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
