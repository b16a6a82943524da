package io.medforge.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.KnowledgeMerger;
import io.medforge.forge.mainline.Mainline;
import io.medforge.merge.Coefficients;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.fusion.Rank;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.MixedPrediction;
import io.medforge.merge.mixture.Mixture;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.onnx.OnnxMlp;
import io.medforge.runtime.onnx.OnnxRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The documentation's snippets, word for word, on adapters that PEFT wrote. */
class SnippetsTest {
  private static final Path GOLDEN =
      Path.of("../medforge-plugin/src/test/resources/io/medforge/plugin/peft/golden/peft-0.21.2");

  private final Path lungDir = GOLDEN.resolve("plain");
  private final Path colonDir = GOLDEN.resolve("plain_second");
  private final Path breastDir = GOLDEN.resolve("plain_rank_2");

  @TempDir private Path folder;

  @Test
  void fusesAdapters() {
    Path outDir = folder.resolve("fused");
    PluginSet branches =
        PluginSet.of(
            PeftAdapter.read(lungDir), PeftAdapter.read(colonDir), PeftAdapter.read(breastDir));

    Merged<PluginModule> fused = Fusion.average().rank(16).build().merge(branches);
    PeftAdapter.write(fused.value(), outDir); // PEFT loads it

    assertThat(Files.exists(outDir.resolve("adapter_config.json"))).isTrue();
    assertThat(PeftAdapter.read(outDir).digest()).isEqualTo(fused.value().digest());
  }

  @Test
  void weighsPlugins() {
    PluginModule lung = PeftAdapter.read(lungDir);
    PluginModule colon = PeftAdapter.read(colonDir);

    Merged<PluginModule> fused =
        Fusion.average()
            .coefficients(Coefficients.perPlugin(Map.of(lung.id(), 0.7, colon.id(), 0.3)))
            .rank(Rank.energy(0.99))
            .build()
            .merge(PluginSet.of(lung, colon));
    fused.record().layers().forEach((layer, kept) -> report(layer, kept.discardedEnergy()));

    assertThat(fused.record().layers()).isNotEmpty();
  }

  @Test
  void keepsAMainBranch() {
    LabelSpace labels = LabelSpace.of("tumour", "benign", "malignant");
    DistilledSet lungSet =
        DistilledSet.of(labels, ModelInput.ofRows(new float[] {0, 1}, new float[] {1, 0}), 0, 1);
    DistilledSet colonSet =
        DistilledSet.of(labels, ModelInput.ofRows(new float[] {0, 2}, new float[] {2, 0}), 0, 1);
    PluginModule lung = PeftAdapter.read(lungDir);
    PluginModule colon = PeftAdapter.read(colonDir);

    KnowledgeMerger<PluginModule> main = Mainline.of(Fusion.average().rank(16).build()).build();
    Admission<PluginModule> answer = main.offer(new Contribution(lung, lungSet));
    main.offer(new Contribution(colon, colonSet));

    ForgeItem<PluginModule> before = main.head();
    PluginId leaving = colon.id();
    ForgeItem<PluginModule> after = main.withdraw(leaving, "consent withdrawn");

    assertThat(answer).isInstanceOf(Admission.Admitted.class);
    assertThat(before.version()).isEqualTo(2);
    assertThat(after.value().digest()).isEqualTo(main.history().get(1).value().digest());
  }

  @Test
  void mixesPlugins() {
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    parameters.put("fc1.weight", Tensor.of(Shape.of(2, 2), 1f, 0f, 0f, 1f));
    Path baseModel = folder.resolve("base.onnx");
    OnnxMlp.write(List.of("fc1"), parameters, baseModel);
    BaseModel base = BaseModel.of("base", BaseModel.digestOf(parameters));
    PluginModule lung = plugin("st-anna/lung:1", base, 1f);
    PluginModule colon = plugin("northgate/colon:1", base, -1f);
    PluginSet branches = PluginSet.of(lung, colon);
    DistilledSet examples =
        DistilledSet.of(
            LabelSpace.of("tumour", "benign", "malignant"),
            ModelInput.ofRows(new float[] {1, 0}, new float[] {0, 1}),
            0,
            1);
    Map<PluginId, DistilledSet> distilledSets = Map.of(lung.id(), examples, colon.id(), examples);
    ModelInput image = ModelInput.ofRows(new float[] {2, 1});

    try (ModelRuntime clip = OnnxRuntime.open(baseModel)) {
      OutputMemory memory = OutputMemory.record(branches, distilledSets, clip);
      MixtureModel panel = Mixture.gatedBy(Gate.fitted(memory)).build().merge(branches).value();
      MixedPrediction opinion = panel.predict(clip, image);
      opinion.probabilities(); // per class
      opinion.shares(); // who spoke, and how much

      assertThat(opinion.predictedClass()).isZero();
      assertThat(opinion.shares().get(lung.id())).isGreaterThan(0.9);
    }
  }

  private static PluginModule plugin(String id, BaseModel base, float sign) {
    LowRankUpdate update =
        new LowRankUpdate(
            Tensor.of(Shape.of(1, 2), 1f, -1f), Tensor.of(Shape.of(2, 1), sign, -sign), 1);
    return PluginModule.of(
        PluginId.parse(id), base, Map.of("fc1.weight", update), Provenance.unknown());
  }

  private static void report(String layer, double discarded) {
    assertThat(discarded).as(layer).isBetween(0.0, 1.0);
  }
}
