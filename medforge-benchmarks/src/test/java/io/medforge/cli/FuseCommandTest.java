package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.plugin.safetensors.SafetensorsFile;
import io.medforge.plugin.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FuseCommandTest {
  @TempDir private Path folder;
  private PluginModule one;
  private PluginModule other;
  private Path first;
  private Path second;
  private Path out;

  @BeforeEach
  void writeAdapters() {
    one = TestAdapters.module("st-anna", "base", 2, 1);
    other = TestAdapters.module("northgate", "base", 3, 2);
    first = TestAdapters.write(one, folder.resolve("first"));
    second = TestAdapters.write(other, folder.resolve("second"));
    out = folder.resolve("out");
  }

  @Test
  void defaultIsTheExactUniformAverage() {
    CommandRun run = CommandRun.of("fuse", "-o", out, first, second);
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertFused(0.5, 0.5);
    assertThat(run.out())
        .contains("st-anna/task:1", "northgate/task:1", "fc1.weight", "fc2.weight")
        .contains("2 layers; discarded energy")
        .contains("wrote " + out);
  }

  @Test
  void weightsBelongToTheAdaptersInTheOrderGiven() {
    assertThat(CommandRun.of("fuse", "-w", "0.9,0.1", "-o", out, second, first).exitCode())
        .isZero();
    assertFused(0.1, 0.9);
  }

  @Test
  void negativeWeightsSubtract() {
    assertThat(CommandRun.of("fuse", "-w", "-1,2", "-o", out, first, second).exitCode()).isZero();
    assertFused(-1, 2);
  }

  @Test
  void orderDoesNotMatter() throws IOException {
    CommandRun.of("fuse", "-o", out, first, second);
    Path mirrored = folder.resolve("mirrored");
    CommandRun.of("fuse", "-o", mirrored, second, first);
    SortedMap<String, String> mirror = contents(mirrored);
    SortedMap<String, String> straight = contents(out);
    // The recipe keeps the order given.
    assertThat(mirror.remove("recipe.yaml")).isNotEqualTo(straight.remove("recipe.yaml"));
    assertThat(mirror).isEqualTo(straight).hasSize(4);
  }

  @Test
  void aRankIsKeptAndItsLossIsSaid() throws IOException {
    CommandRun run = CommandRun.of("fuse", "--rank", "1", "-o", out, first, second);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).containsPattern("discarded energy [0-9.]+ % of all, most at fc");
    JsonNode layer = record().path("layers").path(TestAdapters.FC1);
    assertThat(layer.path("rank").asInt()).isEqualTo(1);
    assertThat(layer.path("discardedEnergy").asDouble()).isBetween(0.001, 0.999);
    assertThat(update(out, TestAdapters.FC1).rank()).isEqualTo(1);
  }

  @Test
  void anEnergyChoosesTheRank() throws IOException {
    assertThat(CommandRun.of("fuse", "--rank", "energy:0.9", "-o", out, first, second).exitCode())
        .isZero();
    assertThat(record().path("layers").path(TestAdapters.FC1).path("discardedEnergy").asDouble())
        .isLessThanOrEqualTo(0.1);
    assertThat(record().path("parameters").path("rank").asText()).isEqualTo("energy:0.9");
  }

  @Test
  void theRecordIsComplete() throws IOException {
    CommandRun.of("fuse", "-w", "0.25,0.75", "-o", out, first, second);
    JsonNode record = record();
    assertThat(record.path("strategy").asText()).isEqualTo("fusion.average");
    assertThat(record.path("parents")).hasSize(2);
    assertThat(record.path("coefficients").path("perPlugin").path("st-anna/task:1").asDouble())
        .isEqualTo(0.25);
    assertThat(record.path("result").asText()).isEqualTo(PeftAdapter.read(out).digest().toString());
    assertThat(record.path("environment").path("jvm").asText()).isNotBlank();
    assertThat(record.path("remarks").toString()).contains("matched by name");
    List<String> names = new ArrayList<>();
    record.fieldNames().forEachRemaining(names::add);
    assertThat(names).isSorted();
  }

  @Test
  void factorSpaceAveragesTheFactors() throws IOException {
    Path twin =
        TestAdapters.write(TestAdapters.module("twin", "base", 2, 3), folder.resolve("twin"));
    assertThat(CommandRun.of("fuse", "--space", "factors", "-o", out, first, twin).exitCode())
        .isZero();
    assertThat(record().path("parameters").path("space").asText()).isEqualTo("factors");
    assertThat(update(out, TestAdapters.FC1).rank()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"peft-linear", "peft-cat", "peft-svd"})
  void peftsOwnFormulasRun(String combination) {
    Path twin =
        TestAdapters.write(TestAdapters.module("twin", "base", 2, 3), folder.resolve("twin"));
    CommandRun run =
        CommandRun.of("fuse", "--compat", combination, "-w", "0.5,0.5", "-o", out, first, twin);
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("peft");
    assertThat(update(out, TestAdapters.FC1).out()).isEqualTo(TestAdapters.OUT);
  }

  @Test
  void peftsMergedAdapterInheritsRsLoraFromTheFirst() throws IOException {
    Path config = first.resolve("adapter_config.json");
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(config.toFile());
    new ObjectMapper().writeValue(config.toFile(), json.put("use_rslora", true));
    CommandRun.of("fuse", "--compat", "peft-cat", "-o", out, first, second);
    assertThat(record().path("parameters").path("rslora-first").asText()).isEqualTo("true");
    CommandRun.of("fuse", "--compat", "peft-cat", "--overwrite", "-o", out, second, first);
    assertThat(record().path("parameters").path("rslora-first").asText()).isEqualTo("false");
  }

  @Test
  void headsOfDifferentLabelSpacesAreKeptBeside() {
    LabelSpace lungs = LabelSpace.of("lung", "clear", "nodule");
    LabelSpace colon = LabelSpace.of("colon", "clear", "polyp", "tumour");
    PluginModule lung = TestAdapters.withHead("st-anna", lungs, 5);
    Path a = TestAdapters.write(lung, folder.resolve("lung"));
    Path b = TestAdapters.write(TestAdapters.withHead("west", colon, 6), folder.resolve("colon"));
    CommandRun run = CommandRun.of("fuse", "-o", out, a, b);
    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("kept apart, not merged: st-anna/task:1", "west/task:1");
    try (SafetensorsFile head =
        SafetensorsFile.open(out.resolve("heads/st-anna/task/1.safetensors"))) {
      assertThat(head.tensors().get("classifier.weight").toFloats())
          .isEqualTo(((Replacement) lung.updates().get("classifier.weight")).tensor().toFloats());
    }
    assertThat(out.resolve("heads/west/task/1.safetensors")).exists();
    assertThat(PeftAdapter.read(out).updates()).containsOnlyKeys(TestAdapters.FC1);
  }

  @Test
  void anExistingOutIsLeftAlone() throws IOException {
    CommandRun.of("fuse", "-o", out, first);
    SortedMap<String, String> before = contents(out);
    assertRefused(CommandRun.of("fuse", "-o", out, first, second), "--overwrite");
    assertThat(contents(out)).isEqualTo(before);
    assertNothingLeftBehind();
  }

  @Test
  void overwriteReplacesAnAdapter() throws IOException {
    CommandRun.of("fuse", "-o", out, first);
    Files.writeString(out.resolve("stale.txt"), "stale");
    assertThat(CommandRun.of("fuse", "--overwrite", "-o", out, first, second).exitCode()).isZero();
    assertFused(0.5, 0.5);
    assertThat(out.resolve("stale.txt")).doesNotExist();
    assertNothingLeftBehind();
  }

  @Test
  void overwriteSparesWhatIsNoAdapter() throws IOException {
    Files.createDirectory(out);
    Files.writeString(out.resolve("thesis.txt"), "years of work");
    assertRefused(
        CommandRun.of("fuse", "--overwrite", "-o", out, first, second), "adapter_config.json");
    assertThat(out.resolve("thesis.txt")).hasContent("years of work");
  }

  @Test
  void overwriteSparesTheAdaptersThemselves() throws IOException {
    SortedMap<String, String> before = contents(first);
    assertRefused(CommandRun.of("fuse", "--overwrite", "-o", first, first, second), "apart");
    assertThat(contents(first)).isEqualTo(before);
  }

  @Test
  void aFailureLeavesNothingBehind() {
    Path stranger =
        TestAdapters.write(TestAdapters.module("far", "other-base", 2, 4), folder.resolve("far"));
    CommandRun run = CommandRun.of("fuse", "-o", out, first, stranger);
    assertRefused(run, "other-base");
    assertThat(out).doesNotExist();
    assertNothingLeftBehind();
  }

  @Test
  void adaptersThatAreMissingOrDoubledAreRefused() {
    assertRefused(CommandRun.of("fuse", "-o", out, first, folder.resolve("gone")), "gone");
    assertRefused(
        CommandRun.of("fuse", "-o", out, first, folder.resolve("second/../first")), "once");
  }

  @Test
  void foldersOfOneNameAreToldApart() throws IOException {
    // PEFT writes no id, so the folder's name has to do; here both are called "adapter".
    Path a = anonymous(one, "a");
    Path b = anonymous(other, "b");
    CommandRun run = CommandRun.of("fuse", "-w", "0.2,0.8", "-o", out, a, b);
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("local/adapter:0", "local/adapter:2");
    assertFused(0.2, 0.8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-w 1|one weight for each of 2 adapters, found 1",
        "-w 1,2,3|one weight for each of 2 adapters, found 3",
        "-w 1,NaN|expected finite weights, found NaN",
        "-w 1,-Infinity|expected finite weights, found -Infinity",
        "-w 1,x|'x' is not a double",
        "--rank many|expected a whole number, full, energy: and a part",
        "--rank 0|expected a rank of at least 1, found 0",
        "--rank 1.5|found \"1.5\"",
        "--rank energy:2|above 0 and at most 1, found 2.0",
        "--rank energy:half|found \"energy:half\"",
        "--space both|'both'",
        "--space factors --rank 2|no rank in space factors",
        "--compat peft-dare|peft-dare",
        "--compat peft-cat --space product|no space with method peft-cat",
        "--compat peft-cat --rank 2|no rank with method peft-cat",
        "--compat peft-svd --rank full|a whole number as rank with method peft-svd, found full",
      })
  void wrongUsageIsSaid(String options, String said) {
    List<Object> args = new ArrayList<>(List.of("fuse", "-o", out));
    args.addAll(List.of(options.split(" ")));
    args.addAll(List.of(first, second));
    CommandRun run = CommandRun.of(args.toArray());
    assertThat(run.err()).contains(said).contains("Try 'medforge fuse --help'.");
    assertThat(run.errorLines()).hasSize(2);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(out).doesNotExist();
  }

  private Path anonymous(PluginModule module, String parent) throws IOException {
    Path adapter = Files.createDirectory(folder.resolve(parent)).resolve("adapter");
    TestAdapters.write(module, adapter);
    Path weights = adapter.resolve("adapter_model.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      SafetensorsWriter.to(weights).replaceExisting().write(file.tensors());
    }
    return adapter;
  }

  private void assertFused(double weightOfOne, double weightOfOther) {
    for (String layer : List.of(TestAdapters.FC1, TestAdapters.FC2)) {
      assertThat(TestAdapters.dense(update(out, layer)))
          .containsExactly(
              TestAdapters.average(layer, new double[] {weightOfOne, weightOfOther}, one, other),
              within(1e-5));
    }
  }

  private static LowRankUpdate update(Path adapter, String layer) {
    return (LowRankUpdate) PeftAdapter.read(adapter).updates().get(layer);
  }

  private JsonNode record() throws IOException {
    return new ObjectMapper().readTree(out.resolve("merge-record.json").toFile());
  }

  private static void assertRefused(CommandRun run, String said) {
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.errorLines()).hasSize(1);
    assertThat(run.err()).startsWith("medforge fuse: ").contains(said);
  }

  private void assertNothingLeftBehind() {
    assertThat(folder.toFile().list()).noneMatch(name -> name.startsWith("."));
  }

  private static SortedMap<String, String> contents(Path folder) throws IOException {
    SortedMap<String, String> contents = new TreeMap<>();
    try (var files = Files.walk(folder)) {
      files
          .filter(Files::isRegularFile)
          .forEach(
              file -> {
                try {
                  contents.put(
                      folder.relativize(file).toString(),
                      Digest.of(Files.readAllBytes(file)).hex());
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
    return contents;
  }
}
