package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SizeCurveTest {
  @Test
  void measuresEverySizeAndLeavesNothing(@TempDir Path folder) throws IOException {
    JsonNode curve = SizeCurve.measure(folder, 1e-4);
    int sizes = 0;
    int models = 0;
    for (JsonNode point : curve.path("points")) {
      assertThat(point.path("seconds")).hasSize(3).allMatch(s -> s.asDouble() > 0);
      boolean overBytes = point.path("series").asText().equals("bytes");
      sizes += overBytes ? 1 : 0;
      models += overBytes ? 0 : 1;
      if (!overBytes) {
        // Headers aside, n models of 50 kB are read and one is written.
        assertThat(point.path("bytes").asLong() / (point.path("models").asLong() + 1))
            .isBetween(50_000L, 51_000L);
      }
    }
    assertThat(sizes).isEqualTo(7 * 2);
    assertThat(models).isEqualTo(8 * 2);
    assertThat(curve.path("points").get(12).path("bytes").asLong()).isBetween(800_000L, 803_000L);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void saysWhatItNeeds() {
    assertThatThrownBy(() -> SizeCurve.main(new String[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected FOLDER JSON [SCALE]");
  }
}
