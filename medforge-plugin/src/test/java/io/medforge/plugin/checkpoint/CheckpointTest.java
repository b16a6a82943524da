package io.medforge.plugin.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointTest {
  private static final String INDEX = "model.safetensors.index.json";

  @TempDir private Path folder;

  @BeforeEach
  void writeShards() {
    SafetensorsWriter.to(folder.resolve("m-1.safetensors"))
        .write(Map.of("a", Tensor.of(Shape.of(2), 1f, 2f)));
    SafetensorsWriter.to(folder.resolve("m-2.safetensors"))
        .write(Map.of("b", Tensor.of(Shape.of(1), 3f)));
  }

  private void index(String text) throws IOException {
    Files.writeString(folder.resolve(INDEX), text);
  }

  @Test
  void opensShardsByTheirIndex() throws IOException {
    index(
        "{\"metadata\": {\"total_size\": 12, \"made_by\": \"x\", \"n\": 1.5},"
            + " \"weight_map\": {\"a\": \"m-1.safetensors\", \"b\": \"m-2.safetensors\"}}");
    Files.writeString(folder.resolve("config.json"), "{}");
    Files.writeString(folder.resolve("pytorch_model.bin"), "");
    Files.createDirectory(folder.resolve("onnx"));

    try (Checkpoint model = Checkpoint.open(folder)) {
      assertThat(model.tensors()).containsOnlyKeys("a", "b");
      assertThat(model.byteSize()).isEqualTo(12);
      assertThat(model.companions()).containsExactly(folder.resolve("config.json"));
      assertThat(model.leftOut())
          .containsExactly(folder.resolve("onnx"), folder.resolve("pytorch_model.bin"));
      CheckpointIndex index = model.index().orElseThrow().index();
      assertThat(index.toJson(12))
          .contains("\"made_by\" : \"x\"", "\"n\" : 1.5", "\"total_size\" : 12");
    }
    try (Checkpoint model = Checkpoint.open(folder.resolve(INDEX))) {
      assertThat(model.tensors()).containsOnlyKeys("a", "b");
    }
  }

  @Test
  void anIndexReadsBackAsWritten() throws IOException {
    index("{\"metadata\": {\"k\\\"\": true}, \"weight_map\": {\"a\\u00e9\": \"m-1.safetensors\"}}");
    CheckpointIndex index = CheckpointIndex.read(folder.resolve(INDEX));
    index(index.toJson(5));
    assertThat(CheckpointIndex.read(folder.resolve(INDEX))).isEqualTo(index);
  }

  @Test
  void opensOneFile() throws IOException {
    try (Checkpoint model = Checkpoint.open(folder.resolve("m-1.safetensors"))) {
      assertThat(model.tensors()).containsOnlyKeys("a");
      assertThat(model.index()).isEmpty();
    }
    Files.delete(folder.resolve("m-2.safetensors"));
    try (Checkpoint model = Checkpoint.open(folder)) {
      assertThat(model.tensors()).containsOnlyKeys("a");
    }
  }

  @Test
  void refusesAnIndexThatDoesNotAgreeWithItsFiles() throws IOException {
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining("found 0 and 2, at " + folder);
    index("{\"weight_map\": {\"a\": \"m-1.safetensors\", \"c\": \"m-2.safetensors\"}}");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessage(
            "expected tensor \"c\" in file m-2.safetensors, found none of that name, at "
                + folder.resolve(INDEX));
    SafetensorsWriter.to(folder.resolve("m-3.safetensors"))
        .write(Map.of("a", Tensor.of(Shape.of(2), 1f, 2f), "c", Tensor.of(Shape.of(1), 1f)));
    index("{\"weight_map\": {\"a\": \"m-1.safetensors\", \"c\": \"m-3.safetensors\"}}");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining("found \"a\" in m-3.safetensors and in the index m-1.safetensors");
    index("{\"weight_map\": {\"a\": \"m-9.safetensors\"}}");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("m-9.safetensors");
  }

  @Test
  void identityFollowsTheFiles() throws IOException {
    Path file = folder.resolve("m-1.safetensors");
    try (Checkpoint first = Checkpoint.open(file)) {
      var identity = first.identity();
      assertThat(first.identity()).isEqualTo(identity);
      Files.setLastModifiedTime(file, java.nio.file.attribute.FileTime.fromMillis(1));
      assertThat(first.identity()).isNotEqualTo(identity);
    }
  }

  @ParameterizedTest
  @MethodSource("io.medforge.plugin.checkpoint.CheckpointIndexFuzzTest#hostile")
  void refusesHostileIndexes(Path hostile) throws IOException {
    Files.copy(hostile, folder.resolve(INDEX));
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .as("%s", hostile)
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageStartingWith("expected ")
        .hasMessageContaining(", found ")
        .hasMessageEndingWith(", at " + folder.resolve(INDEX))
        .satisfies(e -> assertThat(e.getMessage().length()).isLessThan(500 + INDEX.length() * 9));
  }
}
