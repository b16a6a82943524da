package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import io.medforge.merge.checkpoint.CheckpointFusion;
import io.medforge.merge.checkpoint.ModelTensors;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.checkpoint.Checkpoint;
import io.medforge.plugin.peft.PeftAdapter;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code fuse} on whole models, against mergekit's files (see write_golden.py beside them). */
class FuseModelTest {
  private static final String LAYER = "model.layers.1.self_attn.q_proj.weight";

  @TempDir private Path folder;
  private Path golden;
  private Path out;

  @BeforeEach
  void find() throws URISyntaxException {
    URL found = FuseModelTest.class.getResource("mergekit-models");
    assertThat(found).isNotNull();
    golden = Path.of(found.toURI());
    out = folder.resolve("out");
  }

  private Path model(String name) {
    return golden.resolve("models").resolve(name);
  }

  private CommandRun fuse(String options) {
    List<String> words = Splitter.on(' ').omitEmptyStrings().splitToList(options);
    Object[] args =
        Stream.concat(Stream.of("fuse", "-o", out, model("one"), model("two")), words.stream())
            .toArray();
    return CommandRun.of(args);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "linear: -w 0.3,0.9 --set normalize=1",
        "task_arithmetic: --method task-arithmetic --lambda 0.8 -w 0.5,-0.25 --base-model BASE",
        "slerp: --method slerp --set t=0.35"
      })
  void mergesAsMergekitDoes(String line) throws IOException {
    List<String> parts = Splitter.on(": ").splitToList(line);
    CommandRun run = fuse(parts.get(1).replace("BASE", model("base").toString()));
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertClose(parts.get(0));
    assertThat(out.resolve("config.json"))
        .hasSameBinaryContentAs(model("one").resolve("config.json"));
    assertThat(out.resolve("model-00003-of-00003.safetensors")).exists();
  }

  @Test
  void mergesTiesAsMergekitDoes() throws IOException {
    // The command line has one density for all; mergekit's file has .4 and .7, so the API merges.
    try (Checkpoint base = Checkpoint.open(model("base"));
        Checkpoint one = Checkpoint.open(model("one"));
        Checkpoint two = Checkpoint.open(model("two"))) {
      var merged =
          CheckpointFusion.ties()
              .weights(0.6, 0.7)
              .density(0.4, 0.7)
              .lambda(1.1)
              .build()
              .merge(
                  new ModelTensors("base", base.tensors()),
                  List.of(
                      new ModelTensors("one", one.tensors()),
                      new ModelTensors("two", two.tensors())));
      try (Checkpoint expected = Checkpoint.open(golden.resolve("ties.safetensors"))) {
        assertClose(expected.tensors(), merged.tensors());
      }
    }
  }

  private void assertClose(String method) {
    try (Checkpoint expected = Checkpoint.open(golden.resolve(method + ".safetensors"));
        Checkpoint found = Checkpoint.open(out)) {
      assertClose(expected.tensors(), found.tensors());
    }
  }

  private static void assertClose(Map<String, Tensor> expected, Map<String, Tensor> found) {
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, tensor) -> {
          float[] a = tensor.toFloats();
          float[] b = found.get(name).toFloats();
          for (int i = 0; i < a.length; i++) {
            assertThat(b[i]).as("%s at %d", name, i).isCloseTo(a[i], offset(1e-6f));
          }
        });
  }

  @Test
  void plansAndWritesNothing() {
    CommandRun run = fuse("--plan --memory 8m --threads 2");
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("method   linear weights=[0.5, 0.5]", "each byte once", "copies   config.json")
        .containsPattern("writes   \\d+ tensors in 3 files");
    assertThat(out).doesNotExist();
  }

  private static PluginModule adapter() {
    Random random = new Random(3);
    Tensor a = Tensor.of(Shape.of(2, 16), floats(random));
    Tensor b = Tensor.of(Shape.of(16, 2), floats(random));
    return PluginModule.of(
        new PluginId("centre", "task", "1"),
        BaseModel.named("base"),
        new TreeMap<>(Map.of(LAYER, new LowRankUpdate(a, b, 0.5))),
        Provenance.unknown());
  }

  private static float[] floats(Random random) {
    float[] values = new float[32];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @Test
  void foldsAdaptersAndTakesThemOff() throws IOException {
    Path adapter = folder.resolve("adapter");
    PeftAdapter.write(adapter(), adapter);
    Path folded = folder.resolve("folded");

    assertThat(CommandRun.of("fuse", "--into", model("base"), adapter, "-o", folded).err())
        .isEmpty();
    assertThat(CommandRun.of("fuse", "--out-of", folded, adapter, "-o", out).err()).isEmpty();
    Path again = folder.resolve("again");
    assertThat(CommandRun.of("fuse", "--recipe", out.resolve("recipe.yaml"), "-o", again).err())
        .isEmpty();
    assertSameFiles(out, again);
    assertThat(Files.readString(out.resolve("merge-record.json")))
        .contains("\"model.unfold\"", "\"centre/task:1\" : 1", adapter().digest().toString());

    try (Checkpoint base = Checkpoint.open(model("base"));
        Checkpoint changed = Checkpoint.open(folded);
        Checkpoint back = Checkpoint.open(out)) {
      assertClose(base.tensors(), back.tensors());
      assertThat(changed.tensors().get(LAYER).toFloats())
          .isNotEqualTo(base.tensors().get(LAYER).toFloats());
    }
  }

  @Test
  void writesARecordAndARecipeThatRepeatsIt() throws IOException {
    String options = "--method ties --density 0.5 -w 0.5,0.25 --base-model " + model("base");
    CommandRun run = fuse(options);
    assertThat(run.err()).isEmpty();
    JsonNode record = new ObjectMapper().readTree(out.resolve("merge-record.json").toFile());
    try (Checkpoint written = Checkpoint.open(out);
        Checkpoint base = Checkpoint.open(model("base"))) {
      assertThat(record.get("result").asText())
          .isEqualTo(BaseModel.digestOf(written.tensors()).toString());
      assertThat(record.at("/base/digest").asText())
          .isEqualTo(BaseModel.digestOf(base.tensors()).toString());
    }
    assertThat(record.get("strategy").asText()).isEqualTo("model.ties");
    assertThat(record.at("/parents/0/id").asText()).isEqualTo("local/one:0");
    assertThat(record.at("/coefficients/perPlugin/local~1two:0").asDouble()).isEqualTo(0.25);
    assertThat(record.at("/parameters/density").asText()).isEqualTo("[0.5, 0.5]");
    assertThat(Files.readString(out.resolve("README.md")))
        .contains("# A merge of 2 models", "base_model_relation: merge", "| lambda | 1.0 |")
        .doesNotContain("peft");

    Path again = folder.resolve("again");
    Path recipe = out.resolve("recipe.yaml");
    assertThat(CommandRun.of("fuse", "--recipe", recipe, "-o", again, "--threads", "1").err())
        .isEmpty();
    assertSameFiles(out, again);

    Files.writeString(
        recipe,
        Files.readString(recipe).replaceFirst("(?s)(models:.*?sha256:)[0-9a-f]{4}", "$1" + "0000"));
    Path third = folder.resolve("third");
    for (String more : List.of("--threads=2", "--no-record")) {
      CommandRun refused = CommandRun.of("fuse", "--recipe", recipe, "-o", third, more);
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.errorLines().get(0)).contains("expected what the recipe pins", "one");
      assertThat(folder).isDirectoryNotContaining(file -> file.toString().contains("third"));
    }
  }

  @Test
  void aModelGivenTwiceIsOneModelOfTwoNames() throws IOException {
    CommandRun run = CommandRun.of("fuse", model("one"), model("one"), "-o", out, "--json");
    assertThat(run.err()).isEmpty();
    JsonNode record = new ObjectMapper().readTree(run.out());
    try (Checkpoint one = Checkpoint.open(model("one"))) {
      String digest = BaseModel.digestOf(one.tensors()).toString();
      assertThat(record.path("parents"))
          .extracting(parent -> parent.path("digest").asText())
          .containsExactly(digest, digest);
      assertThat(record.path("result").asText()).isEqualTo(digest);
    }
  }

  @Test
  void theRecordOfAModelIsNotTakenForThatOfWhatIsMadeOfIt() throws IOException {
    assertThat(fuse("--json").out()).contains("\"strategy\" : \"model.linear\"");
    Path third = folder.resolve("third");
    assertThat(CommandRun.of("fuse", out, model("two"), "-o", third, "--no-record").err())
        .isEmpty();
    assertThat(third.resolve("merge-record.json")).doesNotExist();
    assertThat(third.resolve("recipe.yaml")).doesNotExist();
    assertThat(third.resolve("config.json")).exists();
  }

  /** But for the record, which names the JVM. */
  static void assertSameFiles(Path expected, Path found) throws IOException {
    try (Stream<Path> files = Files.list(expected)) {
      for (Path file : files.toList()) {
        assertThat(found.resolve(file.getFileName())).hasSameBinaryContentAs(file);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--method ties",
        "--method mean --base-model BASE",
        "--method karcher",
        "--rank 4 --plan",
        "--set t=0.3",
        "--threads 0",
        "--memory 1k",
        "--json --plan",
        "--json --no-record",
        "--overwrite",
        "-w 1"
      })
  void refusesWhatDoesNotGoTogether(String options) {
    CommandRun run = fuse(options.replace("BASE", model("base").toString()));
    assertThat(run.exitCode()).isNotZero();
    assertThat(run.errorLines().get(0)).contains("expected ", "found ");
    assertThat(out).doesNotExist();
  }

  @Test
  void refusesATruncatedShard() throws IOException {
    Path damaged = folder.resolve("damaged");
    Files.createDirectory(damaged);
    try (Stream<Path> files = Files.list(model("two"))) {
      for (Path file : files.toList()) {
        Files.copy(file, damaged.resolve(file.getFileName()));
      }
    }
    Path shard = damaged.resolve("model-00002-of-00003.safetensors");
    byte[] bytes = Files.readAllBytes(shard);
    Files.write(shard, Arrays.copyOf(bytes, bytes.length - 4));
    CommandRun run = CommandRun.of("fuse", "-o", out, model("one"), damaged);
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.errorLines().get(0)).contains("model-00002-of-00003.safetensors");
    assertThat(out).doesNotExist();
  }
}
