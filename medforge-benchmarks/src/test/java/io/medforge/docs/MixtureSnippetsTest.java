package io.medforge.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.merge.PluginSet;
import io.medforge.merge.mixture.ConformalThreshold;
import io.medforge.merge.mixture.Explanation;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.MixedPrediction;
import io.medforge.merge.mixture.Mixture;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.TensorBundleFile;
import io.medforge.report.ScatterPlot;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.onnx.OnnxMixture;
import io.medforge.runtime.onnx.OnnxMlp;
import io.medforge.runtime.onnx.OnnxRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The snippets of the page on mixtures, word for word, and its figure. */
class MixtureSnippetsTest {
  private static final LabelSpace FINDING = LabelSpace.of("finding", "benign", "malignant");
  private static final LabelSpace VERDICT = LabelSpace.of("verdict", "ill", "well");
  private static final List<String> CENTRES = List.of("northgate", "riverside", "st-anna");

  /** Where each centre's examples lie: a measurement and how its instrument reads. */
  private static final float[][] HOMES = {{-2.5f, 1.5f}, {0.5f, -2}, {2.5f, 1.8f}};

  private static final float[] PATIENT = {1.4f, 1.1f};

  @TempDir private Path folder;
  private Path baseModel;
  private PluginSet branches;
  private SortedMap<PluginId, DistilledSet> distilledSets;

  @BeforeEach
  void threeCentresShareABase() {
    baseModel = folder.resolve("base.onnx");
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    parameters.put("fc.weight", Tensor.of(Shape.of(2, 2), -0.5f, 0f, 0.5f, 0f));
    OnnxMlp.write(List.of("fc"), parameters, baseModel);
    BaseModel base = BaseModel.named("base");
    distilledSets = new TreeMap<>();
    List<PluginModule> plugins = new ArrayList<>();
    for (int i = 0; i < CENTRES.size(); i++) {
      float slope = 0.4f + 0.3f * i;
      LowRankUpdate update =
          new LowRankUpdate(
              Tensor.of(Shape.of(1, 2), 1f, 0.1f), Tensor.of(Shape.of(2, 1), -slope, slope), 1);
      PluginModule plugin =
          PluginModule.of(
              new PluginId(CENTRES.get(i), "finding", "1"),
              base,
              Map.of("fc.weight", update),
              Provenance.unknown());
      plugins.add(plugin);
      distilledSets.put(plugin.id(), set(i, FINDING));
    }
    branches = PluginSet.of(plugins);
  }

  private static DistilledSet set(int centre, LabelSpace labels) {
    Random random = new Random(40L + centre);
    float[][] rows = new float[16][];
    int[] classes = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      classes[i] = i % 2;
      rows[i] =
          new float[] {
            HOMES[centre][0] + (classes[i] == 0 ? -0.8f : 0.8f) + (float) random.nextGaussian() / 3,
            HOMES[centre][1] + (float) random.nextGaussian() / 3
          };
    }
    return DistilledSet.of(labels, ModelInput.ofRows(rows), classes);
  }

  @Test
  void gatesExplainsSavesAndServes() throws IOException {
    ModelInput patient = ModelInput.ofRows(new float[] {1.7f, 1.8f});
    Path saved = folder.resolve("panel.safetensors");
    Path served = folder.resolve("panel.onnx");
    try (ModelRuntime runtime = OnnxRuntime.open(baseModel)) {
      OutputMemory memory = OutputMemory.record(branches, distilledSets, runtime);
      Gate gate =
          Gate.memory(memory) // who has seen inputs like this one
              .then(Gate.topK(2)) // the others are not even run
              .then(Gate.abstain(ConformalThreshold.ofMemory(memory, 0.05))); // silent if far away
      MixtureModel panel = Mixture.gatedBy(gate).build().merge(branches).value();
      MixedPrediction opinion = panel.predict(runtime, patient);

      assertThat(opinion.abstained()).isFalse();
      assertThat(opinion.shares().values().stream().filter(share -> share > 0)).hasSize(2);

      Explanation why = panel.explain(memory, runtime, patient, 3);
      String json = why.toJson(); // shares, opinions, agreement, nearest remembered examples
      assertThat(json).contains("opinions");

      TensorBundleFile.write(panel.toBundle(), saved);
      MixtureModel again = MixtureModel.ofBundle(TensorBundleFile.read(saved), branches);
      assertThat(again.digest()).isEqualTo(panel.digest());

      OnnxMixture.of(baseModel).write(panel.parameters(), served);
      assertThat(served).exists();
    }
  }

  @Test
  void joinsLabelSpaces() {
    PluginId riverside = branches.plugins().get(0).id();
    distilledSets.put(riverside, set(CENTRES.indexOf(riverside.centre()), VERDICT));
    try (ModelRuntime runtime = OnnxRuntime.open(baseModel)) {
      LabelMapping reads =
          LabelMapping.of(VERDICT, FINDING, Map.of("well", "benign", "ill", "malignant"));
      OutputMemory memory =
          OutputMemory.recording(runtime).joining(reads).record(branches, distilledSets);
      assertThat(memory.labelSpaces().tasks()).containsExactly(FINDING);
    }
  }

  /** Run with {@code -Dmedforge.figures=write} to draw it anew. */
  @Test
  void theFigureIsWhatTheGateSays() throws IOException {
    List<ScatterPlot.Point> points = new ArrayList<>();
    try (ModelRuntime runtime = OnnxRuntime.open(baseModel)) {
      OutputMemory memory =
          OutputMemory.recording(runtime)
              .features(FeatureExtractor.pooledInput())
              .record(branches, distilledSets);
      MixtureModel panel = Mixture.gatedBy(Gate.memory(memory)).build().merge(branches).value();
      MixedPrediction opinion = panel.predict(runtime, ModelInput.ofRows(PATIENT));
      for (Map.Entry<PluginId, DistilledSet> each : distilledSets.entrySet()) {
        double weight = opinion.weights().getOrDefault(each.getKey(), 0.0);
        String group =
            String.format(Locale.ROOT, "%s, weight %.2f", each.getKey().centre(), weight);
        float[] rows = each.getValue().inputs().values().toFloats();
        for (int i = 0; i < rows.length; i += 2) {
          points.add(new ScatterPlot.Point("", group, rows[i], rows[i + 1]));
        }
      }
    }
    points.add(new ScatterPlot.Point("this patient", "new input", PATIENT[0], PATIENT[1]));
    String svg =
        new ScatterPlot(
                "Who is heard about this patient?", "a measurement", "another measurement", points)
            .draw()
            .toDocument();
    Path figure = site().resolve("resources/images/gating.svg");
    if ("write".equals(System.getProperty("medforge.figures"))) {
      Files.writeString(figure, svg);
    }
    assertThat(Files.readString(figure)).isEqualTo(svg);
  }

  private static Path site() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(directory.resolve(".mvn"))) {
      directory = directory.resolve("..").normalize();
    }
    return directory.resolve("src/site");
  }
}
