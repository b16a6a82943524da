package io.medforge.study.heart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.lifecycle.BeforeTry;

/** Any bytes in the data folder give patients or a refusal that holds none of them. */
class DamagedHeartTest {
  private static final String SECRET = "7777.125";
  private static Path data;
  private static byte[] whole;

  @BeforeContainer
  static void create() throws IOException {
    data = Files.createTempDirectory("medforge-heart");
    SyntheticHeart.write(data);
    whole = Files.readAllBytes(file("processed.va.data"));
  }

  @AfterContainer
  static void delete() throws IOException {
    try (var files = Files.walk(data)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @BeforeTry
  void restore() throws IOException {
    SyntheticHeart.write(data);
  }

  @Property(tries = 100)
  void anyBytesAreRefused(@ForAll @Size(max = 200) byte[] bytes, @ForAll boolean split)
      throws IOException {
    Files.write(file(split ? "split.csv" : "processed.va.data"), bytes);
    assertThat(readOrRefusal()).contains("expected");
  }

  @Property(tries = 200)
  void aChangedOrCutFileIsReadOrRefused(@ForAll int place, @ForAll byte value, @ForAll boolean cut)
      throws IOException {
    byte[] bytes = whole.clone();
    int at = Math.floorMod(place, bytes.length);
    bytes[at] = value;
    Files.write(file("processed.va.data"), cut ? Arrays.copyOf(bytes, at) : bytes);
    String said = readOrRefusal();
    assertThat(said.equals("read") || said.contains("expected")).as(said).isTrue();
  }

  @Property(tries = 50)
  void aRefusalHoldsNoValueOfThePatient(@ForAll int line) throws IOException {
    String[] lines = new String(whole, StandardCharsets.US_ASCII).split("\n");
    int at = Math.floorMod(line, lines.length);
    lines[at] = SECRET + "," + lines[at];
    Files.write(
        file("processed.va.data"), String.join("\n", lines).getBytes(StandardCharsets.US_ASCII));
    assertThat(readOrRefusal()).contains("expected", "line " + (at + 1)).doesNotContain(SECRET);
  }

  private static String readOrRefusal() {
    try {
      assertThat(HeartData.in(data).training()).isNotEmpty();
      return "read";
    } catch (IllegalArgumentException refused) {
      return String.valueOf(refused.getMessage());
    }
  }

  private static Path file(String name) {
    return data.resolve(HeartData.FOLDER).resolve(name);
  }
}
