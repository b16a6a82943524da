package io.medforge.plugin.safetensors;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Law 7 against Jazzer. As an ordinary test it runs over the committed files; with the environment
 * variable {@code JAZZER_FUZZ=1} it starts from them and searches.
 */
class SafetensorsFuzzTest {
  @TempDir static Path folder;

  static Stream<byte[]> seeds() {
    Path hostile = HostileFilesTest.corpus();
    return Stream.of(hostile, hostile.resolveSibling("golden"))
        .flatMap(
            corpus -> {
              try (Stream<Path> files = Files.list(corpus)) {
                return files
                    .filter(path -> !path.toString().endsWith(".py"))
                    .sorted()
                    .toList()
                    .stream();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .map(SafetensorsFuzzTest::read);
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
  void anyBytesOpenOrAreRefused(byte[] bytes) {
    AnyBytes.opensOrIsRefused(folder.resolve("fuzzed"), bytes);
  }
}
