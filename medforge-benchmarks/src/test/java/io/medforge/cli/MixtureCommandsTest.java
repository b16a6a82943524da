package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.medforge.merge.mixture.MixedPrediction;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.plugin.safetensors.DistilledSetFile;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.onnx.OnnxMlp;
import io.medforge.runtime.onnx.OnnxRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two hospitals, apart along the first measurement. In each, the second measurement tells well from
 * ill, but the other way round, so that each plugin is right at home only.
 */
class MixtureCommandsTest {
  private static final LabelSpace LABELS = LabelSpace.of("finding", "well", "ill");
  private static final String EAST = "east/finding:1";
  private static final String WEST = "west/finding:1";

  @TempDir Path folder;
  private Path base;
  private Path mixture;
  private Path patients;

  @BeforeEach
  void writeHospitals() throws IOException {
    base = folder.resolve("base.onnx");
    mixture = folder.resolve("mixture");
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    parameters.put("fc.weight", Tensor.of(Shape.of(2, 2), 0f, 0.01f, 0f, -0.01f));
    OnnxMlp.write(List.of("fc"), parameters, base);
    BaseModel model = BaseModel.of("base", BaseModel.digestOf(parameters));
    PeftAdapter.write(plugin(EAST, model, 1), folder.resolve("east"));
    PeftAdapter.write(plugin(WEST, model, -1), folder.resolve("west"));
    DistilledSetFile.write(set(6, 1), folder.resolve("east.safetensors"));
    DistilledSetFile.write(set(-6, -1), folder.resolve("west.safetensors"));
    patients =
        Files.writeString(
            folder.resolve("patients.csv"), "id,a,b\np1,6,2\np2,-6,2\np3,6,-2\nfar,900,900\n");
  }

  @Test
  void mixesPredictsAndExplains() throws IOException {
    CommandRun mixed = mix("--abstain", "0.2", "--onnx", folder.resolve("mixture.onnx"));
    assertThat(mixed.err()).isEmpty();
    assertThat(mixed.exitCode()).isZero();
    assertThat(mixed.out()).contains("mixture of 2 plugins", "40 remembered examples", EAST);

    Path table = folder.resolve("answers.csv");
    CommandRun predicted = predict(table);
    assertThat(predicted.exitCode()).as(predicted.err()).isZero();
    assertThat(predicted.out()).contains("4 rows, the base answered 1");
    List<String> lines = Files.readAllLines(table);
    List<PluginId> byDigest =
        Stream.of("east", "west")
            .map(name -> PeftAdapter.read(folder.resolve(name)))
            .sorted(Comparator.comparing(PluginModule::digest))
            .map(PluginModule::id)
            .toList();
    assertThat(lines.get(0).split(","))
        .containsExactly(
            "row",
            "task",
            "class",
            "probability",
            "abstained",
            "p:well",
            "p:ill",
            "weight:" + byDigest.get(0),
            "weight:" + byDigest.get(1),
            "share:" + byDigest.get(0),
            "share:" + byDigest.get(1));
    assertThat(lines.get(1)).startsWith("p1,finding,well,").contains(",false,");
    assertThat(lines.get(2)).startsWith("p2,finding,ill,").contains(",false,");
    assertThat(lines.get(3)).startsWith("p3,finding,ill,").contains(",false,");
    assertThat(lines.get(4)).startsWith("far,finding,").contains(",true,").endsWith(",0,0,0,0");

    Path page = folder.resolve("why.html");
    CommandRun explained =
        CommandRun.of(
            "explain",
            mixture,
            patients,
            "--base",
            base,
            "--id-column",
            "id",
            "--row",
            "0,3",
            "-o",
            page);
    assertThat(explained.exitCode()).as(explained.err()).isZero();
    assertThat(explained.out())
        .contains("row p1", "The answer is well", "east's plugin gave", "near its example")
        .contains("row far", "The mixture was silent");
    assertThat(Files.readString(page)).contains("<svg", "Input p1", EAST).doesNotContain("<script");
  }

  @Test
  void explainsInJsonWithSharesThatSumToOne() throws IOException {
    mix();
    CommandRun run =
        CommandRun.of("explain", mixture, patients, "--base", base, "--id-column", "id", "--json");
    JsonNode json = new ObjectMapper().readTree(run.out());
    double shares = 0;
    for (JsonNode opinion : json.path("opinions")) {
      shares += opinion.path("share").asDouble();
    }
    assertThat(shares).isBetween(1 - 1e-9, 1 + 1e-9);
  }

  @Test
  void whatIsReadBackAnswersAsWhatWasWritten() {
    mix("--gate", "nearest", "--neighbours", "3", "--top-k", "1", "--pool", "log");
    StoredMixture stored = MixtureFolder.read(mixture);
    StoredMixture again = MixtureFolder.read(mixture);
    assertThat(again.model().digest()).isEqualTo(stored.model().digest());
    assertThat(again.memory().digest()).isEqualTo(stored.memory().digest());
    try (ModelRuntime runtime =
        OnnxRuntime.open(base, stored.model().plugins().plugins().get(0).base())) {
      MixedPrediction prediction =
          stored.model().predict(runtime, ModelInput.ofRows(new float[] {6, 2}));
      assertThat(prediction.predictedClass()).isZero();
      assertThat(prediction.weights()).containsEntry(PluginId.parse(WEST), 0.0);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "uniform",
        "fitted",
        "calibrated",
        "per-task",
        "memory",
        "nearest",
        "confidence",
        "published"
      })
  void everyGateCanBeWrittenReadAndAsked(String gate) {
    CommandRun run = mix("--gate", gate);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(predict(folder.resolve("answers.csv")).exitCode()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --gate fitted --neighbours 3 | expected --neighbours with --gate nearest only
          --gate memory --plain        | expected --plain with --gate fitted only
          --gate fitted --trust 1      | expected --trust with --gate memory only
          --trust 2                    | expected a trust of 0 to 1, found 2.0
          --join finding               | expected --join FROM:TO:CLASS=CLASS
          --join other:finding:a=b     | found none of the name "other"
          --top-k 0                    | found 0
          --abstain 2                  | found 2
          --gate loudest               | loudest
          --features colour            | expected the features penultimate
          """)
  void refusesOptionsThatDoNotGoTogether(String options, String said) {
    CommandRun run = mix((Object[]) options.split(" "));
    assertThat(run.exitCode()).isNotZero();
    assertThat(run.err()).contains(said);
    assertThat(mixture).doesNotExist();
  }

  @Test
  void joinsTheLabelSpacesOfTwoHospitals() throws IOException {
    Files.delete(folder.resolve("west.safetensors"));
    DistilledSetFile.write(
        set(-6, -1, LabelSpace.of("verdict", "healthy", "sick")),
        folder.resolve("west.safetensors"));
    assertThat(mix().out()).contains("finding", "verdict");
    Path apart = folder.resolve("apart.csv");
    assertThat(predict(apart).exitCode()).isZero();
    assertThat(Files.readString(apart)).contains("p:verdict/healthy");
    mixture = folder.resolve("joined");
    CommandRun joined = mix("--join", "verdict:finding:healthy=well,sick=ill");
    assertThat(joined.exitCode()).as(joined.err()).isZero();
    Path table = folder.resolve("answers.csv");
    assertThat(predict(table).exitCode()).isZero();
    List<String> lines = Files.readAllLines(table);
    assertThat(lines.get(0)).contains("p:well,p:ill").doesNotContain("healthy");
    assertThat(lines.get(2)).startsWith("p2,finding,ill,");
    assertThat(mix("--overwrite", "--join", "verdict:finding:healthy=well").err())
        .contains(
            "expected a class of finding for every class of verdict, found none for \"sick\"");
  }

  @Test
  void refusesABaseOfParametersAlone() throws IOException {
    Path parameters = Files.copy(base, folder.resolve("base.safetensors"));
    CommandRun run =
        CommandRun.of(
            "mix",
            "-o",
            mixture,
            "--base",
            parameters,
            folder.resolve("east") + "=" + folder.resolve("east.safetensors"));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("expected a base model as a .onnx file", "export the model to ONNX");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mixture.json", "memory.safetensors", "gate.safetensors"})
  void refusesADamagedFolder(String file) throws IOException {
    mix();
    Path damaged = mixture.resolve(file);
    byte[] bytes = Files.readAllBytes(damaged);
    Files.write(damaged, Arrays.copyOf(bytes, bytes.length - 7));
    CommandRun run = predict(folder.resolve("answers.csv"));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("expected").contains(file);
    assertThat(folder.resolve("answers.csv")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"sha256:, sha256:0", "medforge-mixture-folder, other", "west/finding:1, ../../x:1"})
  void refusesAnEditedIndex(String from, String to) throws IOException {
    mix();
    Path index = mixture.resolve("mixture.json");
    String text = Files.readString(index);
    assertThat(text).contains(from);
    Files.writeString(index, text.replace(from, to));
    CommandRun run = predict(folder.resolve("answers.csv"));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("expected").contains("mixture.json");
  }

  @Test
  void refusesTheModulesOfAnotherMixture() throws IOException {
    mix();
    Path east = mixture.resolve("plugins/east/finding/1.safetensors");
    Files.copy(
        mixture.resolve("plugins/west/finding/1.safetensors"),
        east,
        StandardCopyOption.REPLACE_EXISTING);
    CommandRun run = predict(folder.resolve("answers.csv"));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("digest of " + EAST);
  }

  @Test
  void refusesInputsOfAnotherWidthByPlaceAndNotByValue() throws IOException {
    mix();
    Files.writeString(patients, "id,a,b,c\np1,1234567,2,3\n");
    assertThat(predict(folder.resolve("answers.csv")).err())
        .contains("expected")
        .doesNotContain("1234567");
    Files.writeString(patients, "id,a,b\np1,1234567,\n");
    assertThat(predict(folder.resolve("answers.csv")).err())
        .contains("row 0 (from 0), column b")
        .doesNotContain("1234567");
  }

  private CommandRun mix(Object... more) {
    List<Object> command = new ArrayList<>(List.of("mix", "-o", mixture, "--base", base));
    command.addAll(List.of(more));
    command.add(folder.resolve("east") + "=" + folder.resolve("east.safetensors"));
    command.add(folder.resolve("west") + "=" + folder.resolve("west.safetensors"));
    return CommandRun.of(command.toArray());
  }

  private CommandRun predict(Path table) {
    return CommandRun.of(
        "predict", mixture, patients, "--base", base, "--id-column", "id", "-o", table);
  }

  private static PluginModule plugin(String id, BaseModel model, float sign) {
    LowRankUpdate update =
        new LowRankUpdate(
            Tensor.of(Shape.of(1, 2), 0f, 1f), Tensor.of(Shape.of(2, 1), sign, -sign), 1);
    return PluginModule.of(
        PluginId.parse(id), model, Map.of("fc.weight", update), Provenance.unknown());
  }

  /** Twenty examples around a place; the sign of b, times the home's, says well. */
  private static DistilledSet set(float place, int sign) {
    return set(place, sign, LABELS);
  }

  private static DistilledSet set(float place, int sign, LabelSpace labels) {
    Random random = new Random(1);
    float[][] rows = new float[20][];
    int[] classes = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      float b = (i % 2 == 0 ? 2 : -2) + (float) random.nextGaussian() / 2;
      rows[i] = new float[] {place + (float) random.nextGaussian(), b};
      classes[i] = b * sign > 0 ? 0 : 1;
    }
    return DistilledSet.of(labels, ModelInput.ofRows(rows), classes);
  }
}
