package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.peft.PeftAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FuseRecipeTest {
  private static final List<String> FILES =
      List.of(
          "adapter_model.safetensors",
          "adapter_config.json",
          "merge-record.json",
          "README.md",
          "recipe.yaml");

  @TempDir private Path folder;
  private final List<Path> adapters = new ArrayList<>();
  private Path out;

  @BeforeEach
  void writeAdapters() {
    for (int i = 0; i < 3; i++) {
      adapters.add(
          TestAdapters.write(
              TestAdapters.module("centre-" + i, "base", 2, i), folder.resolve("adapter-" + i)));
    }
    out = folder.resolve("out");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mean",
        "mean --space factors --align procrustes",
        "mean --align shared-subspace --rank 2",
        "task-arithmetic --lambda 0.5 -w 1,1,1",
        "ties --density 0.5 --rank 3",
        "dare --density 0.5 --seed 7 --rank 3",
        "dare-ties --density 0.5 --seed 7 --rank 3 --lambda 1.1",
        "della --density 0.5 --set epsilon=0.1 --seed 7 --rank 3",
        "magnitude --density 0.5 --rank 3",
        "breadcrumbs --density 0.5 --set gamma=0.1 --rank 3",
        "tsv-m",
        "iso-c --lambda 0.3",
        "median --rank 3",
        "trimmed-mean --set k=1 --rank 3",
        "karcher --set per-layer=1",
        "model-stock",
        "geometric-median",
        "krum --set f=0",
        "multi-krum --set f=0 --set m=2",
        "norm-clip --set norm=0.5",
        "centred-clip --set radius=1 --set steps=3",
        "peft-linear",
        "peft-svd --rank 2",
        "peft-ties --density 0.5",
        "peft-magnitude-prune --density 0.5",
        "peft-dare-linear --density 0.5 --seed 3",
        "peft-dare-ties --density 0.5 --seed 3",
        "peft-cat",
        "peft-ties-svd --density 0.5 --rank 2",
        "peft-magnitude-prune-svd --density 0.5 --rank 2",
        "peft-dare-linear-svd --density 0.5 --seed 3 --rank 2",
        "peft-dare-ties-svd --density 0.5 --seed 3 --rank 2",
        "mean --rank energy:0.9",
        "mean --rank budget:40",
      })
  void theStoredRecipeRepeatsEveryMethodByteForByte(String method) throws IOException {
    List<Object> args = new ArrayList<>(List.of("fuse", "-o", out, "--method"));
    args.addAll(List.of(method.split(" ")));
    args.addAll(adapters);
    CommandRun run = CommandRun.of(args.toArray());
    assertThat(run.err()).isEmpty();

    Path again = folder.resolve("again");
    CommandRun repeated =
        CommandRun.of("fuse", "--recipe", out.resolve("recipe.yaml"), "-o", again);

    assertThat(repeated.err()).isEmpty();
    for (String file : FILES) {
      assertThat(again.resolve(file)).hasSameBinaryContentAs(out.resolve(file));
    }
  }

  @Test
  void slerpTakesTwo() {
    assertThat(
            CommandRun.of("fuse", "--method", "slerp", "-o", out, adapters.get(0), adapters.get(1))
                .err())
        .isEmpty();
    assertThat(fused("--overwrite", "--method", "slerp").err())
        .contains("expected exactly 2 plugins for slerp");
  }

  @Test
  void everyMethodIsAmongTheRepeated() throws NoSuchMethodException {
    List<String> tried =
        Arrays.stream(
                getClass()
                    .getDeclaredMethod("theStoredRecipeRepeatsEveryMethodByteForByte", String.class)
                    .getAnnotation(ValueSource.class)
                    .strings())
            .map(arguments -> arguments.split(" ", -1)[0])
            .toList();
    for (FusionMethod method : FusionMethod.values()) {
      if (method != FusionMethod.SLERP) {
        assertThat(tried).contains(method.toString());
      }
    }
  }

  @Test
  void aBudgetBoundsTheWholeAdapter() {
    fuse("--rank", "budget:40");
    long parameters =
        PeftAdapter.read(out).updates().values().stream()
            .map(LowRankUpdate.class::cast)
            .mapToLong(update -> update.rank() * (update.out() + update.in()))
            .sum();
    assertThat(parameters).isPositive().isLessThanOrEqualTo(40);

    CommandRun tooSmall = fused("--rank", "budget:1", "--overwrite");
    assertThat(tooSmall.exitCode()).isEqualTo(1);
    assertThat(tooSmall.err()).contains("budget");
  }

  @Test
  void aChangedAdapterIsRefusedByName() {
    fuse();
    TestAdapters.write(TestAdapters.module("centre-1", "base", 2, 99), folder.resolve("other"));
    replace(adapters.get(1), folder.resolve("other"));

    CommandRun run =
        CommandRun.of("fuse", "--recipe", out.resolve("recipe.yaml"), "-o", folder.resolve("b"));

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("expected what the recipe pins, sha256:", "adapter-1");
    assertThat(folder.resolve("b")).doesNotExist();
  }

  @Test
  void aRecipeStandsAlone() {
    fuse();
    Path recipe = out.resolve("recipe.yaml");
    Path b = folder.resolve("b");
    for (CommandRun run :
        List.of(
            CommandRun.of("fuse", "--recipe", recipe, "-o", b, "--rank", "2"),
            CommandRun.of("fuse", "--recipe", recipe, "-o", b, adapters.get(0)))) {
      assertThat(run.exitCode()).isEqualTo(2);
      assertThat(run.err()).contains("expected --recipe with none but");
    }
  }

  @Test
  void headsAreAveragedKeptOrRefused() throws IOException {
    LabelSpace labels = LabelSpace.of("lung", "clear", "nodule");
    Path a = TestAdapters.write(TestAdapters.withHead("a", labels, 5), folder.resolve("a"));
    Path b = TestAdapters.write(TestAdapters.withHead("b", labels, 6), folder.resolve("b"));

    assertThat(CommandRun.of("fuse", "-o", out, a, b).err()).isEmpty();
    assertThat(PeftAdapter.read(out).updates()).containsKey("classifier.weight");

    Path kept = folder.resolve("kept");
    assertThat(CommandRun.of("fuse", "--heads", "keep", "-o", kept, "-w", "2,2", a, b).err())
        .isEmpty();
    assertThat(PeftAdapter.read(kept).updates()).containsOnlyKeys(TestAdapters.FC1);
    assertThat(kept.resolve("heads/a/task/1.safetensors")).exists();
    JsonNode record = new ObjectMapper().readTree(kept.resolve("merge-record.json").toFile());
    assertThat(record.path("keptApart").path("classifier.weight")).hasSize(2);
    assertThat(record.path("parents").toString()).contains(PeftAdapter.read(a).digest().toString());

    CommandRun refused =
        CommandRun.of("fuse", "--heads", "refuse", "-o", folder.resolve("r"), a, b);
    assertThat(refused.err()).contains("heads: refuse", "classifier.weight");
  }

  @Test
  void theCardSaysWhereItComesFromAndWhatIsUnknown() throws IOException {
    fuse("--rank", "1");

    String card = Files.readString(out.resolve("README.md"));

    assertThat(card)
        .startsWith("---\nbase_model: \"base\"\nbase_model_relation: adapter\nlibrary_name: peft\n")
        .contains("centre-0/task:1", "centre-2/task:1", PeftAdapter.read(out).digest().toString())
        .contains("| fc1.weight | 1 |", "## Unknown", "| base digest | unknown |");
  }

  @Test
  void jsonIsTheRecord() throws IOException {
    JsonNode json = new ObjectMapper().readTree(fuse("--json").out());
    assertThat(json.path("out").asText()).isEqualTo(out.toString());
    assertThat(json.path("result").asText()).isEqualTo(PeftAdapter.read(out).digest().toString());
  }

  private CommandRun fuse(Object... options) {
    CommandRun run = fused(options);
    assertThat(run.err()).isEmpty();
    return run;
  }

  private CommandRun fused(Object... options) {
    List<Object> args = new ArrayList<>(List.of("fuse", "-o", out));
    args.addAll(List.of(options));
    args.addAll(adapters);
    return CommandRun.of(args.toArray());
  }

  private static void replace(Path adapter, Path other) {
    try {
      for (String file : List.of("adapter_model.safetensors", "adapter_config.json")) {
        Files.write(adapter.resolve(file), Files.readAllBytes(other.resolve(file)));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
