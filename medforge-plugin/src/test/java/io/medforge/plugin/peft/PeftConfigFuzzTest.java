package io.medforge.plugin.peft;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.medforge.plugin.MalformedPluginException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Law 7 against Jazzer. As an ordinary test it runs over the committed configurations; with the
 * environment variable {@code JAZZER_FUZZ=1} it starts from them and searches.
 */
class PeftConfigFuzzTest {
  static Stream<byte[]> seeds() throws IOException {
    List<Path> files;
    try (Stream<Path> golden = Files.walk(GoldenFolders.root());
        Stream<Path> hostile = Files.list(HostileConfigsTest.corpus())) {
      files =
          Stream.concat(golden.filter(file -> file.endsWith(PeftAdapter.CONFIG)), hostile)
              .sorted()
              .toList();
    }
    return files.stream().map(PeftConfigFuzzTest::read);
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "30s")
  void anyTextIsAConfigurationOrIsRefused(byte[] bytes) {
    try {
      AdapterConfig config =
          AdapterConfig.parse(new String(bytes, StandardCharsets.UTF_8), "fuzzed");
      for (String module : List.of("fc1", "blocks.0.fc1", "x")) {
        assertThat(config.rankOf(module)).isPositive();
        assertThat(config.scalingOf(module)).isNotNaN();
        config.savesWhole(module);
      }
    } catch (MalformedPluginException e) {
      assertThat(e).hasMessageStartingWith("expected ").hasMessageContaining(", found ");
    }
  }
}
