package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  @TempDir private Path folder;
  private PluginModule module;
  private Path adapter;

  @BeforeEach
  void writeAdapter() {
    module = TestAdapters.module("st-anna", "base", 3, 1);
    adapter = TestAdapters.write(module, folder.resolve("adapter"));
  }

  @Test
  void textSaysEverything() {
    CommandRun run = CommandRun.of("inspect", adapter);
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("st-anna/task:1", "base", module.digest().toString())
        .contains("fc1.weight", "low-rank", "6 x 5", "0.5", "F32", norm(TestAdapters.FC1))
        .contains("2 layers, 66 values")
        .doesNotContain("\r");
  }

  @Test
  void jsonSaysEverything() throws IOException {
    CommandRun run = CommandRun.of("inspect", adapter, "--json");
    assertThat(run.exitCode()).isZero();
    JsonNode json = new ObjectMapper().readTree(run.out());
    assertThat(json.path("id").asText()).isEqualTo("st-anna/task:1");
    assertThat(json.path("base").path("name").asText()).isEqualTo("base");
    assertThat(json.path("digest").asText()).isEqualTo(module.digest().toString());
    JsonNode layer = json.path("layers").path(TestAdapters.FC2);
    assertThat(layer.path("kind").asText()).isEqualTo("low-rank");
    assertThat(layer.path("rank").asInt()).isEqualTo(3);
    assertThat(layer.path("scaling").asDouble()).isEqualTo(0.5);
    assertThat(layer.path("a").path("dtype").asText()).isEqualTo("F32");
    assertThat(layer.path("a").path("shape")).hasToString("[3,5]");
    assertThat(layer.path("b").path("shape")).hasToString("[6,3]");
    assertThat(layer.path("norm").asDouble()).isCloseTo(denseNorm(TestAdapters.FC2), within(1e-12));
  }

  @Test
  void headsNameTheirLabelSpace() throws IOException {
    LabelSpace labels = LabelSpace.of("birads", "benign", "suspicious", "malignant");
    Path head =
        TestAdapters.write(TestAdapters.withHead("west", labels, 2), folder.resolve("head"));
    JsonNode json = new ObjectMapper().readTree(CommandRun.of("inspect", "--json", head).out());
    JsonNode layer = json.path("layers").path("classifier.weight");
    assertThat(layer.path("kind").asText()).isEqualTo("replacement");
    assertThat(layer.path("labelSpace").asText()).isEqualTo("birads");
    assertThat(layer.path("tensor").path("shape")).hasToString("[3,6]");
    assertThat(CommandRun.of("inspect", head).out()).contains("replacement", "[3, 6]");
  }

  @Test
  void aFileOfTensorsIsListed() throws IOException {
    Path file = adapter.resolve("adapter_model.safetensors");
    CommandRun text = CommandRun.of("inspect", file);
    assertThat(text.exitCode()).isZero();
    assertThat(text.out())
        .contains("lora_A", "[3, 5]", "F32", "4 tensors, 264 bytes", "inspect the adapter folder");
    JsonNode json = new ObjectMapper().readTree(CommandRun.of("inspect", "--json", file).out());
    assertThat(json.path("tensors")).hasSize(4);
    assertThat(json.path("digest").asText()).startsWith("sha256:");
  }

  @Test
  void whatIsMissingIsSaidInOneLine() {
    CommandRun run = CommandRun.of("inspect", folder.resolve("nowhere"));
    assertRefused(run, "nowhere");
  }

  @Test
  void aFolderThatIsNoAdapterIsRefused() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertRefused(CommandRun.of("inspect", empty), "adapter_config.json");
  }

  @Test
  void aMalformedFileIsRefused() throws IOException {
    Path file = Files.write(folder.resolve("broken.safetensors"), new byte[] {1, 2, 3});
    assertRefused(CommandRun.of("inspect", file), "broken.safetensors");
  }

  @Test
  void verboseAddsTheStackTrace() throws IOException {
    Path file = Files.write(folder.resolve("broken.safetensors"), new byte[] {1, 2, 3});
    for (CommandRun run :
        Arrays.asList(
            CommandRun.of("inspect", "--verbose", file),
            CommandRun.of("--verbose", "inspect", file))) {
      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.err()).contains("MalformedPluginException").contains("\tat io.medforge");
    }
  }

  private static void assertRefused(CommandRun run, String said) {
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.errorLines()).hasSize(1);
    assertThat(run.err()).startsWith("medforge inspect: ").contains(said);
  }

  private String norm(String layer) {
    return String.format(Locale.ROOT, "%.6g", denseNorm(layer));
  }

  private double denseNorm(String layer) {
    double[] dense = TestAdapters.dense((LowRankUpdate) module.updates().get(layer));
    return Math.sqrt(Arrays.stream(dense).map(x -> x * x).sum());
  }
}
