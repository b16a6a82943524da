package io.medforge.cli.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

/** Any bytes give examples or a refusal. */
class DamagedFilesTest {
  @Property(tries = 300)
  void anyBytesAreATableOrRefused(@ForAll @Size(max = 200) byte[] bytes) throws IOException {
    check(".csv", bytes);
  }

  @Property(tries = 1000)
  void aChangedOrCutArchiveIsReadOrRefused(
      @ForAll int place, @ForAll byte value, @ForAll boolean cut) throws IOException {
    Path whole = Files.createTempFile("medforge", ".npz");
    TestNpz.write(
        whole,
        Map.of(
            "inputs", TestNpz.npy("<f4", "(2, 2)", TestNpz.floats(1, 2, 3, 4)),
            "labels", TestNpz.npy("|u1", "(2,)", new byte[] {1, 0})));
    byte[] bytes = Files.readAllBytes(whole);
    Files.delete(whole);
    int at = Math.floorMod(place, bytes.length);
    bytes[at] = value;
    check(".npz", cut ? Arrays.copyOf(bytes, at) : bytes);
  }

  private static void check(String ending, byte[] bytes) throws IOException {
    Path file = Files.createTempFile("medforge", ending);
    try {
      Files.write(file, bytes);
      assertThat(ExampleReader.of(file).read().size()).isPositive();
    } catch (MalformedDataException refused) {
      assertThat(refused).hasMessageContaining("expected");
    } finally {
      Files.delete(file);
    }
  }
}
