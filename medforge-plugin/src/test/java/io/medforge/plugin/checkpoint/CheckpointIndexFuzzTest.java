package io.medforge.plugin.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.medforge.plugin.MalformedPluginException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Law 7 against Jazzer. As an ordinary test it runs over the committed files; with the environment
 * variable {@code JAZZER_FUZZ=1} it starts from them and searches.
 */
class CheckpointIndexFuzzTest {
  @TempDir static Path folder;

  static Stream<Path> hostile() throws IOException, URISyntaxException {
    URL corpus = CheckpointIndexFuzzTest.class.getResource("hostile");
    assertThat(corpus).isNotNull();
    try (Stream<Path> files = Files.list(Path.of(corpus.toURI()))) {
      return files.sorted().toList().stream();
    }
  }

  static Stream<byte[]> seeds() throws IOException, URISyntaxException {
    byte[] valid =
        "{\"metadata\":{\"total_size\":8},\"weight_map\":{\"w\":\"m.safetensors\"}}"
            .getBytes(StandardCharsets.UTF_8);
    return Stream.concat(Stream.of(valid), hostile().map(CheckpointIndexFuzzTest::read));
  }

  private static byte[] read(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "30s")
  void anyBytesAreAnIndexOrAreRefused(byte[] bytes) throws IOException {
    Path file = folder.resolve("fuzzed.json");
    Files.write(file, bytes);
    CheckpointIndex index;
    try {
      index = CheckpointIndex.read(file);
    } catch (MalformedPluginException e) {
      assertThat(e.getMessage()).startsWith("expected ").contains(", found ");
      return;
    }
    assertThat(index.files().values())
        .allMatch(name -> folder.resolve(name).normalize().getParent().equals(folder));
    Files.writeString(file, index.toJson(1));
    assertThat(CheckpointIndex.read(file)).isEqualTo(index);
  }
}
