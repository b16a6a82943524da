package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.checkpoint.Checkpoint;
import io.medforge.plugin.peft.PeftAdapter;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code extract}, against mergekit's file (see write_extraction.py beside it). */
class ExtractCommandTest {
  @TempDir private Path folder;
  private Path golden;
  private Path out;

  @BeforeEach
  void find() throws URISyntaxException {
    URL found = ExtractCommandTest.class.getResource("mergekit-models");
    assertThat(found).isNotNull();
    golden = Path.of(found.toURI());
    out = folder.resolve("out");
  }

  private CommandRun extract(Path to, String options) {
    List<Object> args =
        new ArrayList<>(List.of("extract", "-o", to, "--base-model", model("base")));
    args.addAll(Splitter.on(' ').omitEmptyStrings().splitToList(options));
    args.add(model("one"));
    return CommandRun.of(args.toArray());
  }

  private Path model(String name) {
    return golden.resolve("models").resolve(name);
  }

  @Test
  void findsWhatMergekitFinds() throws IOException {
    CommandRun run = extract(out, "--rank 4 --rest replacement");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("21 layers changed, 0 did not; discarded energy ");
    PluginModule module = PeftAdapter.read(out);
    JsonNode record = new ObjectMapper().readTree(out.resolve("merge-record.json").toFile());
    int compared = 0;
    try (Checkpoint base = Checkpoint.open(model("base"));
        Checkpoint one = Checkpoint.open(model("one"));
        Checkpoint theirs = Checkpoint.open(golden.resolve("extracted.safetensors"))) {
      for (String layer : module.updates().keySet()) {
        String key = "base_model.model." + layer.replace(".weight", "");
        if (module.updates().get(layer) instanceof LowRankUpdate update
            && theirs.tensors().containsKey(key + ".lora_A.weight")) {
          Map<String, Tensor> factors = theirs.tensors();
          double[] expected =
              product(factors.get(key + ".lora_A.weight"), factors.get(key + ".lora_B.weight"));
          double[] found = product(update.a(), update.b());
          double[] change = change(base.tensors().get(layer), one.tensors().get(layer));
          double lost = 0;
          double energy = 0;
          for (int i = 0; i < found.length; i++) {
            assertThat(found[i])
                .as(layer)
                .isCloseTo(expected[i], offset(1e-5)); // Theirs is in float.
            lost += (change[i] - expected[i]) * (change[i] - expected[i]);
            energy += change[i] * change[i];
          }
          JsonNode stated = record.get("layers").get(layer);
          assertThat(stated.get("energy").asDouble()).isCloseTo(energy, offset(1e-6 * energy));
          assertThat(stated.get("discardedEnergy").asDouble())
              .isCloseTo(lost / energy, offset(1e-6));
          compared++;
        }
      }
      assertThat(record.get("result").asText()).isEqualTo(module.digest().toString());
      assertThat(record.at("/parents/0/digest").asText())
          .isEqualTo(BaseModel.digestOf(one.tensors()).toString());
      assertThat(module.base().digest()).contains(BaseModel.digestOf(base.tensors()));
    }
    assertThat(compared).isEqualTo(15);
    assertThat(Files.readString(out.resolve("README.md")))
        .contains("# An extracted adapter", "library_name: peft", "| remainder | replacement |");
  }

  private static double[] change(Tensor base, Tensor trained) {
    double[] change = trained.toDoubles();
    double[] before = base.toDoubles();
    for (int i = 0; i < change.length; i++) {
      change[i] -= before[i];
    }
    return change;
  }

  /** B A. */
  private static double[] product(Tensor downs, Tensor ups) {
    double[] a = downs.toDoubles();
    double[] b = ups.toDoubles();
    int r = (int) downs.shape().dimension(0);
    int k = (int) downs.shape().dimension(1);
    double[] product = new double[b.length / r * k];
    for (int at = 0; at < product.length; at++) {
      for (int p = 0; p < r; p++) {
        product[at] += b[at / k * r + p] * a[p * k + at % k];
      }
    }
    return product;
  }

  @Test
  void foldedInItIsTheTrainedModelAgain() {
    assertThat(extract(out, "--rank 99 --rest replacement --threads 2").err()).isEmpty();
    Path folded = folder.resolve("folded");
    CommandRun run = CommandRun.of("fuse", "--into", model("base"), out, "-o", folded);
    assertThat(run.err()).isEmpty();
    try (Checkpoint expected = Checkpoint.open(model("one"));
        Checkpoint found = Checkpoint.open(folded)) {
      expected
          .tensors()
          .forEach(
              (name, tensor) -> {
                float[] a = tensor.toFloats();
                float[] b = found.tensors().get(name).toFloats();
                for (int i = 0; i < a.length; i++) {
                  assertThat(b[i]).as(name).isCloseTo(a[i], offset(1e-6f));
                }
              });
    }
  }

  @Test
  void itsRecipeRepeatsIt() throws IOException {
    assertThat(extract(out, "--rank 16 --energy 0.7 --rest replacement --dtype BF16").err())
        .isEmpty();
    Path again = folder.resolve("again");
    Path recipe = out.resolve("recipe.yaml");
    assertThat(CommandRun.of("extract", "--recipe", recipe, "-o", again, "--threads", "1").err())
        .isEmpty();
    FuseModelTest.assertSameFiles(out, again);
    CommandRun wrong = CommandRun.of("fuse", "--recipe", recipe, "-o", folder.resolve("third"));
    assertThat(wrong.errorLines().get(0)).contains("found one for medforge extract");
    Files.writeString(
        recipe, Files.readString(recipe).replaceFirst("sha256:[0-9a-f]{4}", "sha256:0000"));
    CommandRun refused = CommandRun.of("extract", "--recipe", recipe, "-o", folder.resolve("x"));
    assertThat(refused.errorLines().get(0)).contains("expected what the recipe pins", "base");
  }

  @Test
  void namesWhatHasNoFactorsAndPlans() {
    CommandRun refused = extract(out, "--rank 4");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errorLines().get(0))
        .contains("without factors: model.embed_tokens.weight, ", "layernorm.weight");
    CommandRun planned = extract(out, "--rank 4 --plan --threads 2");
    assertThat(planned.err()).isEmpty();
    assertThat(planned.out())
        .contains("factors  15 tensors", "2 tensors at a time", "whole    model.norm.weight");
    assertThat(out).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--rank 0",
        "--rank 4 --energy 1.5",
        "--rank 4 --dtype I8",
        "--rank 4 --id nonsense",
        "--rank 4 --threads 0",
        "--rank 4 --memory 1k",
        "--rank 4 --rest delta"
      })
  void refusesWhatDoesNotGoTogether(String options) {
    CommandRun run = extract(out, options);
    assertThat(run.exitCode()).isNotZero();
    assertThat(run.errorLines().get(0)).containsPattern("(expected|Invalid value)");
    assertThat(out).doesNotExist();
  }
}
