package io.medforge.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.forge.Contribution;
import io.medforge.forge.LeakageCertificate;
import io.medforge.forge.SigningKey;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.fusion.Rank;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.audit.AuditReport;
import io.medforge.plugin.audit.Cohort;
import io.medforge.plugin.audit.LeakageAudit;
import io.medforge.plugin.audit.ShadowTraining;
import io.medforge.plugin.light.LightModule;
import io.medforge.plugin.light.LightModuleFile;
import io.medforge.plugin.light.Lightening;
import io.medforge.plugin.light.Truncation;
import io.medforge.plugin.privacy.PrivacyLedger;
import io.medforge.plugin.privacy.PrivacyLoss;
import io.medforge.plugin.privacy.PrivacyRelease;
import io.medforge.plugin.privacy.SampledGaussian;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.onnx.OnnxMlp;
import io.medforge.runtime.onnx.OnnxRuntime;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The snippets of the page on leakage, word for word. */
class LeakageSnippetsTest {
  private static final int WIDTH = 8;

  @TempDir private Path folder;

  @Test
  void auditsAContribution() {
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    parameters.put("fc1.weight", Tensor.of(Shape.of(2, WIDTH), new float[2 * WIDTH]));
    Path baseModel = folder.resolve("base.onnx");
    OnnxMlp.write(List.of("fc1"), parameters, baseModel);
    BaseModel base = BaseModel.of("base", BaseModel.digestOf(parameters));
    Cohort members = patients(1);
    Cohort strangers = patients(2);
    ShadowTraining training = (part, index) -> module(base, 10L + index);
    Contribution contribution =
        new Contribution(
            module(base, 3),
            DistilledSet.of(
                LabelSpace.of("ill", "no", "yes"), patients(4).inputs(), patients(4).classes()));
    SigningKey hospitalKey = SigningKey.generate();

    try (ModelRuntime runtime = OnnxRuntime.open(baseModel)) {
      AuditReport report =
          LeakageAudit.of(contribution, runtime, members, strangers)
              .shadows(16, training) // trains a module as the audited one was, on other patients
              .withoutAttribute("images have no attribute column")
              .build()
              .run();
      LeakageCertificate certificate = report.certificate(Instant.now()).signedBy(hospitalKey);

      assertThat(report.isComplete()).isTrue();
      assertThat(certificate.hasValidSignature()).isTrue();
    }
  }

  @Test
  void keepsALedger() {
    Path file = folder.resolve("privacy.jsonl");
    PluginModule module = module(BaseModel.named("base"), 1);

    PrivacyLedger ledger = PrivacyLedger.create(file, "st-anna", new PrivacyLoss(3, 1e-6));
    SampledGaussian mechanism = SampledGaussian.within(0.05, 500, new PrivacyLoss(1, 1e-6));
    ledger.requireWithin("ct-2019-2024", List.of(mechanism)); // before a patient is touched
    ledger.record(
        new PrivacyRelease("lung:1", "ct-2019-2024", module.digest(), List.of(mechanism)));

    assertThat(ledger.spent("ct-2019-2024").epsilon()).isBetween(0.99, 1.0);
  }

  @Test
  void lightensAModule() {
    PluginModule module = module(BaseModel.named("base"), 1);
    ToDoubleFunction<PluginModule> accuracy = plugin -> plugin.updates().size();
    Path lightFile = folder.resolve("light.safetensors");

    Truncation truncation =
        (plugin, energy) ->
            Fusion.average().rank(Rank.energy(energy)).build().merge(PluginSet.of(plugin)).value();
    LightModule light =
        Lightening.of(module, truncation, accuracy).allowedLoss(0.005).build().smallest();
    LightModuleFile.write(light.module(), lightFile);

    assertThat(light.bytes()).isLessThan(light.originalBytes() / 4);
    assertThat(rank(light.module())).isLessThan(rank(module));
    assertThat(LightModuleFile.read(lightFile, module.id(), Provenance.unknown()).digest())
        .isEqualTo(light.module().digest());
  }

  private static long rank(PluginModule module) {
    return ((LowRankUpdate) module.updates().get("fc1.weight")).rank();
  }

  private static PluginModule module(BaseModel base, long seed) {
    LowRankUpdate update = new LowRankUpdate(random(seed, 2, WIDTH), random(seed + 1000, 2, 2), 1);
    return PluginModule.of(
        PluginId.parse("st-anna/lung:1"), base, Map.of("fc1.weight", update), Provenance.unknown());
  }

  private static Cohort patients(long seed) {
    int[] classes = new int[60];
    for (int row = 0; row < classes.length; row++) {
      classes[row] = row % 2;
    }
    return Cohort.of(new ModelInput(random(seed, classes.length, WIDTH)), classes);
  }

  private static Tensor random(long seed, int rows, int columns) {
    Random random = new Random(seed);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(Shape.of(rows, columns), values);
  }
}
