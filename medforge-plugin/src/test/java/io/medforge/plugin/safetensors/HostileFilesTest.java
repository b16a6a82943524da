package io.medforge.plugin.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.MalformedPluginException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every file of {@code hostile/} is refused, and its message says why. */
class HostileFilesTest {
  @TempDir private Path folder;

  static Path corpus() {
    try {
      return Path.of(HostileFilesTest.class.getResource("hostile/expected.tsv").toURI())
          .getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static Stream<Arguments> expected() {
    return new String(TestBytes.resource("hostile/expected.tsv"), StandardCharsets.UTF_8)
        .lines()
        .map(line -> line.split("\t", 2))
        .map(columns -> Arguments.of(columns[0], columns[1]));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("expected")
  void isRefusedByName(String name, String fragment) {
    Path path = corpus().resolve(name);
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining(fragment)
        .hasMessageContaining("at " + path);
    assertThat(
            AnyBytes.opensOrIsRefused(
                folder.resolve("copy"), TestBytes.resource("hostile/" + name)))
        .isFalse();
  }

  @Test
  void everyFileIsExpected() throws IOException {
    try (Stream<Path> files = Files.list(corpus())) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .filteredOn(name -> !name.equals("write_hostile.py") && !name.equals("expected.tsv"))
          .containsExactlyInAnyOrderElementsOf(
              expected().map(arguments -> (String) arguments.get()[0]).toList());
    }
  }
}
