package io.medforge.plugin.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.MalformedPluginException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every file of the committed corpus is refused, with a message that names the file. */
class HostileConfigsTest {
  @TempDir Path temp;

  static Path corpus() {
    return GoldenFolders.resource("hostile");
  }

  static Stream<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(corpus())) {
      return files.sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void isRefused(Path file) throws IOException {
    Path folder = new AdapterFixture().in(temp);
    Path config = folder.resolve(PeftAdapter.CONFIG);
    assertThat(PeftAdapter.read(folder).updates()).isNotEmpty();
    Files.write(config, Files.readAllBytes(file));
    assertThatThrownBy(() -> PeftAdapter.read(folder))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageStartingWith("expected ")
        .hasMessageContaining(config.toString());
  }
}
