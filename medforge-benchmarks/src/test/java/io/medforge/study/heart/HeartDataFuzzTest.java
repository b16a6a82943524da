package io.medforge.study.heart;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The reader of real patients against Jazzer. As an ordinary test it runs over the committed files;
 * with the environment variable {@code JAZZER_FUZZ=1} it starts from them and searches. The first
 * byte says which file the rest is.
 */
class HeartDataFuzzTest {
  private static final byte SPLIT = 0;
  private static final byte PATIENTS = 1;
  private static final String VA = "processed.va.data";

  @TempDir static Path data;

  static Stream<byte[]> seeds() throws IOException, URISyntaxException {
    List<byte[]> seeds = new ArrayList<>();
    Path folder = SyntheticHeart.write(data).resolve(HeartData.FOLDER);
    seeds.add(seed(SPLIT, folder.resolve("split.csv")));
    seeds.add(seed(PATIENTS, folder.resolve(VA)));
    URL corpus = HeartDataFuzzTest.class.getResource("hostile");
    assertThat(corpus).isNotNull();
    try (Stream<Path> files = Files.list(Path.of(corpus.toURI()))) {
      for (Path file : files.sorted().toList()) {
        seeds.add(seed(file.getFileName().toString().startsWith("split") ? SPLIT : PATIENTS, file));
      }
    }
    return seeds.stream();
  }

  private static byte[] seed(byte which, Path file) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(which);
    bytes.writeBytes(Files.readAllBytes(file));
    return bytes.toByteArray();
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "30s")
  void anyBytesArePatientsOrAreRefusedByFileAndLine(byte[] bytes) throws IOException {
    if (bytes.length == 0) {
      return;
    }
    Path file = data.resolve(HeartData.FOLDER).resolve(bytes[0] % 2 == SPLIT ? "split.csv" : VA);
    if (!Files.exists(file)) {
      SyntheticHeart.write(data);
    }
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOfRange(bytes, 1, bytes.length));
    try {
      readOrRefuse();
    } finally {
      Files.write(file, whole);
    }
  }

  private static void readOrRefuse() {
    HeartData read;
    try {
      read = HeartData.in(data);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).startsWith("expected ").contains(", found ").contains(", at ");
      assertThat(e).hasNoCause();
      return;
    }
    assertThat(read.training()).containsOnlyKeys(HeartData.CENTRES);
    assertThat(read.test().sizes()).containsOnlyKeys(HeartData.CENTRES);
    read.training().values().forEach(HeartDataFuzzTest::checkFinite);
  }

  private static void checkFinite(CentreRows rows) {
    for (int i = 0; i < rows.size(); i++) {
      for (float value : rows.row(i)) {
        assertThat(value).isFinite();
      }
    }
  }
}
