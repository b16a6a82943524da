package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeModelRunTest {
  private static final String TENSOR = "layer.1000";
  private static final long BYTES = 200_000; // Less than a block, so that no number comes twice.

  @TempDir private Path folder;
  private final List<Path> models = new ArrayList<>();
  private final List<float[]> values = new ArrayList<>();

  @BeforeEach
  void draw() {
    for (int i = 0; i < 3; i++) {
      models.add(folder.resolve("model-" + i + ".safetensors"));
      DrawnModel.write(models.get(i), DType.F32, BYTES, i);
      values.add(tensor(models.get(i)));
    }
  }

  @Test
  void linearIsTheMean() throws IOException {
    JsonNode answer = run("linear", 3);
    float[] merged = tensor(folder.resolve("out"));
    for (int at = 0; at < merged.length; at++) {
      double mean = (values.get(0)[at] + (double) values.get(1)[at] + values.get(2)[at]) / 3;
      assertThat(Math.abs(merged[at] - mean)).isLessThan(1e-6);
    }
    assertThat(answer.path("seconds")).hasSize(3);
    assertThat(answer.path("bytesWritten").asLong()).isBetween(BYTES, BYTES + 1000);
    assertThat(answer.path("fileSystem").asText()).isEqualTo(Files.getFileStore(folder).type());
    assertThat(answer.path("jdk").asInt()).isEqualTo(Runtime.version().feature());
  }

  @Test
  void hashedMergesAreTheSameAndKnowTheirDigests() throws IOException {
    run("linear", 1);
    float[] plain = tensor(folder.resolve("out"));
    JsonNode answer = run("linear-hashed", 2);
    assertThat(tensor(folder.resolve("out"))).isEqualTo(plain);
    List<String> digests = new ArrayList<>();
    for (Path model : List.of(models.get(0), models.get(1), models.get(2), folder.resolve("out"))) {
      try (Checkpoint open = Checkpoint.open(model)) {
        digests.add(BaseModel.digestOf(open.tensors()).toString());
      }
    }
    assertThat(answer.path("digests"))
        .extracting(JsonNode::asText)
        .containsExactlyElementsOf(digests);
    assertThat(run("ties-hashed", 1).path("digests")).hasSize(4);
  }

  /** Sorts to find the thresholds, and elects by the definition. */
  @Test
  void tiesIsTheDefinition() throws IOException {
    run("ties", 1);
    float[] merged = tensor(folder.resolve("out"));
    float[] base = values.get(0);
    float[] one = trimmed(values.get(1), base);
    float[] two = trimmed(values.get(2), base);
    for (int at = 0; at < merged.length; at++) {
      double vote = one[at] + (double) two[at];
      double sum = 0;
      int voters = 0;
      for (float change : new float[] {one[at], two[at]}) {
        if (change != 0 && (change > 0) == (vote >= 0)) {
          sum += change;
          voters++;
        }
      }
      double expected = base[at] + (voters == 0 ? 0 : sum / voters);
      assertThat(Math.abs(merged[at] - expected)).isLessThan(1e-6);
    }
  }

  @Test
  void copiesAsManyBytesAsAMergeMoves() throws IOException {
    for (String method : List.of("copy", "copy-forced")) {
      JsonNode answer = run(method, 2);
      assertThat(answer.path("bytesWritten").asLong())
          .isEqualTo(Files.size(models.get(0)) + Files.size(models.get(1)));
      for (int i = 0; i < 2; i++) {
        assertThat(folder.resolve("out/copy-" + i)).hasSameBinaryContentAs(models.get(i));
      }
      assertThat(folder.resolve("out/copy-2")).doesNotExist();
    }
  }

  @Test
  void saysWhatItNeeds() {
    assertThatThrownBy(() -> WholeModelRun.main(new String[] {"linear"}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("expected linear|ties|", "found [linear]");
  }

  private JsonNode run(String method, int repetitions) throws IOException {
    return WholeModelRun.run(method, 2, repetitions, folder.resolve("out"), models);
  }

  private static float[] trimmed(float[] values, float[] base) {
    float[] change = new float[values.length];
    float[] sizes = new float[values.length];
    for (int at = 0; at < change.length; at++) {
      change[at] = values[at] - base[at];
      sizes[at] = Math.abs(change[at]);
    }
    Arrays.sort(sizes);
    float threshold = sizes[sizes.length / 2];
    for (int at = 0; at < change.length; at++) {
      change[at] = Math.abs(change[at]) < threshold ? 0 : change[at];
    }
    return change;
  }

  private static float[] tensor(Path model) {
    try (Checkpoint open = Checkpoint.open(model)) {
      return open.tensors().get(TENSOR).toFloats();
    }
  }
}
