package io.medforge.plugin.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.MalformedPluginException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Law 7 for one file: any bytes are a valid file, whose every tensor can be read and which says the
 * same after being written anew, or a {@link MalformedPluginException} that names the file.
 */
final class AnyBytes {
  private AnyBytes() {}

  /** Returns whether the file was valid; fails if the law does not hold. */
  static boolean opensOrIsRefused(Path path, byte[] bytes) {
    write(path, bytes);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      // Not through the writer: forcing each file to the disk would leave no time to search.
      Path again = path.resolveSibling("again");
      write(again, TestBytes.file(file.tensors(), file.metadata()));
      try (SafetensorsFile copy = SafetensorsFile.open(again)) {
        assertSame(copy, file);
      }
      return true;
    } catch (MalformedPluginException e) {
      assertThat(e).hasMessageContaining("expected ").hasMessageContaining("at " + path);
      // What a hostile file says is quoted bounded and printable.
      assertThat(e.getMessage()).hasSizeLessThan(1000 + path.toString().length());
      assertThat(e.getMessage().chars().noneMatch(Character::isISOControl)).isTrue();
      return false;
    }
  }

  private static void write(Path path, byte[] bytes) {
    try {
      Files.write(path, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void assertSame(SafetensorsFile found, SafetensorsFile expected) {
    assertThat(found.metadata()).isEqualTo(expected.metadata());
    assertThat(found.tensors().keySet()).isEqualTo(expected.tensors().keySet());
    expected
        .tensors()
        .forEach(
            (name, tensor) -> {
              assertThat(found.tensors().get(name).dtype()).isEqualTo(tensor.dtype());
              assertThat(found.tensors().get(name).shape()).isEqualTo(tensor.shape());
              assertThat(TestBytes.stored(found.tensors().get(name)))
                  .isEqualTo(TestBytes.stored(tensor));
            });
  }
}
