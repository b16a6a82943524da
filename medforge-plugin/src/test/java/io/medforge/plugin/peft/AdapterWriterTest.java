package io.medforge.plugin.peft;

import static io.medforge.plugin.peft.AdapterFixture.filled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.LowRankUpdate.Layout;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.plugin.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterWriterTest {
  private static final PluginId ID = PluginId.parse("st-anna/lung:1");
  private static final LabelSpace LABELS = LabelSpace.of("lesion", "benign", "malignant");

  @TempDir Path temp;

  private static LowRankUpdate lora(int rank, double scaling) {
    return new LowRankUpdate(filled(rank, 3), filled(4, rank), scaling);
  }

  private static PluginModule module(Map<String, Update> updates) {
    return PluginModule.of(ID, BaseModel.named("mlp"), updates, Provenance.unknown());
  }

  private Path write(PluginModule module) {
    Path folder = temp.resolve("adapter");
    PeftAdapter.write(module, folder);
    return folder;
  }

  private JsonNode config(PluginModule module) {
    return GoldenFolders.json(write(module).resolve("adapter_config.json"));
  }

  private List<Path> inTemp() throws IOException {
    try (Stream<Path> entries = Files.list(temp)) {
      return entries.toList();
    }
  }

  @Test
  void writesWhatPeftWouldWrite() throws IOException {
    PluginModule module =
        module(
            Map.of(
                "fc1.weight", lora(2, 1.5),
                "blocks.fc1.weight", lora(2, 1.5),
                "head.weight", new Replacement(filled(2, 4), LABELS)));
    Path folder = write(module);
    assertThat(folder.resolve("adapter_config.json"))
        .content(StandardCharsets.UTF_8)
        .isEqualTo(
            """
            {
              "alpha_pattern": {},
              "auto_mapping": null,
              "base_model_name_or_path": "mlp",
              "bias": "none",
              "fan_in_fan_out": false,
              "inference_mode": true,
              "init_lora_weights": true,
              "lora_alpha": 3,
              "lora_bias": false,
              "lora_dropout": 0,
              "modules_to_save": [
                "head"
              ],
              "peft_type": "LORA",
              "r": 2,
              "rank_pattern": {},
              "revision": null,
              "target_modules": "blocks\\\\.fc1|fc1",
              "task_type": null,
              "use_dora": false,
              "use_rslora": false
            }
            """);
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("adapter_model.safetensors"))) {
      assertThat(file.tensors())
          .containsOnlyKeys(
              "base_model.model.blocks.fc1.lora_A.weight",
              "base_model.model.blocks.fc1.lora_B.weight",
              "base_model.model.fc1.lora_A.weight",
              "base_model.model.fc1.lora_B.weight",
              "base_model.model.head.weight");
      assertThat(file.metadata())
          .containsOnlyKeys("format", "medforge.id", "medforge.labels")
          .containsEntry("format", "pt")
          .containsEntry("medforge.id", ID.toString());
    }
    assertThat(PeftAdapter.read(folder).digest()).isEqualTo(module.digest());
  }

  @Test
  void plainNamesWherePeftsRuleFindsTheModuleMeant() {
    JsonNode config =
        config(
            module(
                Map.of(
                    "fc1.weight", lora(2, 1),
                    "fc10.weight", lora(2, 1),
                    "blocks.fc2.weight", lora(3, 2))));
    assertThat(config.get("r").intValue()).isEqualTo(2);
    assertThat(config.get("rank_pattern").toString()).isEqualTo("{\"blocks.fc2\":3}");
    assertThat(config.get("alpha_pattern").toString()).isEqualTo("{\"blocks.fc2\":6}");
  }

  @Test
  void anchoredNamesWhereOneNameEndsAnother() {
    PluginModule module =
        module(
            Map.of(
                "fc1.weight", lora(3, 1),
                "blocks.fc1.weight", lora(2, 1),
                "blocks.0.fc1.weight", lora(2, 1),
                "fc10.weight", lora(2, 1)));
    JsonNode config = config(module);
    assertThat(config.get("rank_pattern").toString()).isEqualTo("{\"^fc1\":3}");
    assertThat(PeftAdapter.read(temp.resolve("adapter")).digest()).isEqualTo(module.digest());
  }

  @Test
  void aScalingThatNoAlphaGivesBackTravelsInTheMetadata() throws IOException {
    double scaling = 1.9;
    while (Math.nextDown(scaling * 3) / 3 == scaling
        || scaling * 3 / 3 == scaling
        || Math.nextUp(scaling * 3) / 3 == scaling) {
      scaling = Math.nextUp(scaling);
    }
    double odd = scaling;
    PluginModule module = module(Map.of("fc1.weight", lora(3, odd)));
    Path folder = write(module);
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("adapter_model.safetensors"))) {
      assertThat(file.metadata()).containsKey("medforge.scalings");
    }
    assertThat(PeftAdapter.read(folder).digest()).isEqualTo(module.digest());
    double peft = AdapterConfig.read(folder.resolve("adapter_config.json")).scalingOf("fc1");
    assertThat(Math.abs(peft - odd)).isLessThanOrEqualTo(2 * Math.ulp(odd));
  }

  @Test
  void biasesOfBAreAllOrNone() {
    PluginModule module =
        module(
            Map.of(
                "fc1.weight", lora(2, 1),
                "fc2.weight", lora(2, 4),
                "fc2.bias", new DenseUpdate(filled(4))));
    Path folder = write(module);
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("adapter_model.safetensors"))) {
      assertThat(file.tensors().get("base_model.model.fc1.lora_B.bias").toDoubles())
          .containsOnly(0);
      assertThat(file.tensors().get("base_model.model.fc2.lora_B.bias").toDoubles())
          .containsExactly(0.25, 0.5, 0.75, 1);
    }
    assertThat(PeftAdapter.read(folder).digest()).isEqualTo(module.digest());
  }

  @Test
  void aBiasThatIsNoMultipleOfTheScalingIsRefusedUnlessItMayBeRounded() {
    PluginModule module =
        module(
            Map.of(
                "fc1.weight",
                lora(2, 1 / 3.0),
                "fc1.bias",
                new DenseUpdate(Tensor.of(Shape.of(4), 0.1f, 0.2f, 0.3f, 0.7f))));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> write(module))
        .withMessageContainingAll("fc1.bias", "scaling");
    Path folder = temp.resolve("rounded");
    PeftAdapter.writer(module, folder).dtype(DType.F32).write();
    DenseUpdate back = (DenseUpdate) PeftAdapter.read(folder).updates().get("fc1.bias");
    assertThat(back.delta().toDoubles())
        .containsExactly(new double[] {0.1, 0.2, 0.3, 0.7}, within(1e-6));
  }

  @Test
  void biasesReplacedAloneStayApartFromModulesToSave() {
    PluginModule module =
        module(
            Map.of(
                "fc1.weight", lora(2, 1),
                "fc1.bias", new Replacement(filled(4), LabelSpace.unstated(ID)),
                "head.weight", new Replacement(filled(2, 4), LABELS),
                "head.bias", new Replacement(filled(2), LABELS),
                "head.norm.weight", new Replacement(filled(2), LabelSpace.unstated(ID))));
    JsonNode config = config(module);
    assertThat(config.get("bias").textValue()).isEqualTo("lora_only");
    assertThat(config.get("modules_to_save").toString()).isEqualTo("[\"head\"]");
    assertThat(PeftAdapter.read(temp.resolve("adapter")).digest()).isEqualTo(module.digest());
  }

  @Test
  void aConvolutionsMatrixGetsItsKernelAxes() {
    LowRankUpdate fused = new LowRankUpdate(filled(2, 3, 5, 5), filled(4, 2), 1);
    Path folder = write(module(Map.of("conv.weight", fused)));
    LowRankUpdate back = (LowRankUpdate) PeftAdapter.read(folder).updates().get("conv.weight");
    assertThat(back.b().shape()).isEqualTo(Shape.of(4, 2, 1, 1));
    assertThat(back.b().toDoubles()).isEqualTo(fused.b().toDoubles());
  }

  @Test
  void roundsToTheTypeAskedFor() {
    LowRankUpdate fine =
        new LowRankUpdate(
            Tensor.of(Shape.of(1, 3), 0.1, 1e-3, -7.0), Tensor.of(Shape.of(2, 1), 1.0, 0.3), 1);
    Tensor steps = Tensor.ofBytes(DType.I64, Shape.of(1), new byte[8]);
    PluginModule module =
        module(
            Map.of(
                "fc1.weight", fine, "norm.steps", new Replacement(steps, LabelSpace.unstated(ID))));
    Path folder = temp.resolve("adapter");
    PeftAdapter.writer(module, folder).dtype(DType.BF16).write();
    PluginModule back = PeftAdapter.read(folder);
    Tensor a = ((LowRankUpdate) back.updates().get("fc1.weight")).a();
    assertThat(a.dtype()).isEqualTo(DType.BF16);
    assertThat(a.toDoubles())
        .isEqualTo(Tensor.encode(DType.BF16, a.shape(), 0.1, 1e-3, -7.0).toDoubles());
    assertThat(((Replacement) back.updates().get("norm.steps")).tensor().dtype())
        .isEqualTo(DType.I64);
  }

  @Test
  void refusesToRoundToInfinity() throws IOException {
    LowRankUpdate large =
        new LowRankUpdate(Tensor.of(Shape.of(1, 2), 1f, 1e6f), Tensor.of(Shape.of(1, 1), 1f), 1);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                PeftAdapter.writer(module(Map.of("fc1.weight", large)), temp.resolve("adapter"))
                    .dtype(DType.F16)
                    .write())
        .withMessageContainingAll("F16", "fc1.weight", "index 1");
    assertThat(inTemp()).isEmpty();
  }

  @Test
  void aRoundedTensorReadsFromAnyByte() {
    Tensor source = filled(10_000);
    Tensor rounded = new RoundedTensor(source, DType.F64, "test");
    byte[] whole = new byte[80_000];
    rounded.readBytes(0, whole, 0, whole.length);
    Tensor expected = Tensor.encode(DType.F64, source.shape(), source.toDoubles());
    assertThat(Tensor.ofBytes(DType.F64, source.shape(), whole).toDoubles())
        .isEqualTo(expected.toDoubles());
    for (int[] range : new int[][] {{0, 1}, {3, 17}, {65_533, 11}, {79_999, 1}, {7, 70_001}}) {
      byte[] part = new byte[range[1] + 2];
      rounded.readBytes(range[0], part, 1, range[1]);
      for (int i = 0; i < range[1]; i++) {
        assertThat(part[i + 1]).isEqualTo(whole[range[0] + i]);
      }
    }
  }

  @Test
  void carriesProvenanceAndTask() {
    SortedMap<String, String> facts =
        new TreeMap<>(Map.of("peft.task_type", "SEQ_CLS", "peft.revision", "r1", "examples", "98"));
    PluginModule module =
        PluginModule.of(
            ID, BaseModel.named("mlp"), Map.of("fc1.weight", lora(2, 1)), new Provenance(facts));
    Path folder = temp.resolve("adapter");
    PeftAdapter.writer(module, folder).metadata("tool", "test").write();
    assertThat(PeftAdapter.read(folder).provenance())
        .isEqualTo(new Provenance(facts).with("safetensors.tool", "test"));
    assertThat(
            GoldenFolders.json(folder.resolve("adapter_config.json")).get("task_type").textValue())
        .isEqualTo("SEQ_CLS");
  }

  @Test
  void refusesWhatPeftCannotExpress() throws IOException {
    Update head = new Replacement(filled(2, 4), LABELS);
    Map<String, Map<String, Update>> refused = new TreeMap<>();
    refused.put("low-rank", Map.of("head.weight", head));
    refused.put("fc1.kernel", Map.of("fc1.kernel", lora(2, 1)));
    refused.put(
        "fc2.weight",
        Map.of("fc1.weight", lora(2, 1), "fc2.weight", new DenseUpdate(filled(4, 3))));
    refused.put(
        "norm.bias", Map.of("fc1.weight", lora(2, 1), "norm.bias", new DenseUpdate(filled(4))));
    refused.put(
        "layout",
        Map.of(
            "fc1.weight",
            lora(2, 1),
            "fc2.weight",
            new LowRankUpdate(filled(2, 3), filled(4, 2), 1, Layout.IN_OUT)));
    refused.put(
        "IN_OUT",
        Map.of(
            "conv.weight",
            new LowRankUpdate(filled(2, 3, 5, 5), filled(4, 2, 1, 1), 1, Layout.IN_OUT)));
    refused.put("pre_head", Map.of("pre_head.weight", lora(2, 1), "head.weight", head));
    refused.put("head.dense", Map.of("head.dense.weight", lora(2, 1), "head.weight", head));
    refused.put("parameter of a module", Map.of("fc1.weight", lora(2, 1), "scale", head));
    refused.put("he(ad", Map.of("fc1.weight", lora(2, 1), "he(ad.weight", head));
    refused.put("base_layer", Map.of("fc1.base_layer.weight", lora(2, 1)));
    refused.put("lora_A", Map.of("fc1.weight", lora(2, 1), "fc1.lora_A.weight", head));
    refused.put("finite", Map.of("fc1.weight", lora(2, 1e308)));
    for (Map.Entry<String, Map<String, Update>> entry : refused.entrySet()) {
      assertThatIllegalArgumentException()
          .as(entry.getKey())
          .isThrownBy(() -> write(module(entry.getValue())))
          .withMessageStartingWith("expected ")
          .withMessageContaining(entry.getKey());
    }
    assertThat(inTemp()).isEmpty();
  }

  @Test
  void replacesAFolderOnlyIfAskedAndOnlyItsOwnFiles() throws IOException {
    PluginModule one = module(Map.of("fc1.weight", lora(2, 1)));
    PluginModule two = module(Map.of("fc1.weight", lora(3, 1)));
    Path folder = write(one);
    assertThatThrownBy(() -> PeftAdapter.write(two, folder))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(folder.toString());
    assertThat(PeftAdapter.read(folder).digest()).isEqualTo(one.digest());
    PeftAdapter.writer(two, folder).overwrite().write();
    assertThat(PeftAdapter.read(folder).digest()).isEqualTo(two.digest());
    Files.writeString(folder.resolve("notes.txt"), "mine");
    assertThatThrownBy(() -> PeftAdapter.writer(one, folder).overwrite().write())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("notes.txt");
    assertThat(PeftAdapter.read(folder).digest()).isEqualTo(two.digest());
    assertThat(inTemp()).containsExactly(folder);
  }

  @Test
  void replacesTheFolderThatItsModuleIsReadFrom() {
    PluginModule one = module(Map.of("fc1.weight", lora(2, 1)));
    Path folder = write(one);
    try (OpenAdapter open = PeftAdapter.reader(folder).open()) {
      PeftAdapter.writer(open.module(), folder).overwrite().write();
    }
    assertThat(PeftAdapter.read(folder).digest()).isEqualTo(one.digest());
  }

  @Test
  void attachesFilesInTheSameStep() {
    PluginModule module = module(Map.of("fc1.weight", lora(2, 1)));
    Path folder = temp.resolve("adapter");
    byte[] record = "{}".getBytes(StandardCharsets.UTF_8);
    for (int times = 0; times < 2; times++) {
      PeftAdapter.writer(module, folder).overwrite().attach("merge-record.json", record).write();
    }
    assertThat(folder.resolve("merge-record.json")).hasBinaryContent(record);
    AdapterWriter writer = PeftAdapter.writer(module, folder).attach("a.json", record);
    assertThatIllegalStateException().isThrownBy(() -> writer.attach("a.json", record));
    for (String name : List.of("adapter_config.json", "../x", "a/b", "", ".hidden", "a b")) {
      assertThatIllegalArgumentException().isThrownBy(() -> writer.attach(name, record));
    }
  }

  @Test
  void refusesOptionsThatAreWrongOrSetTwice() {
    AdapterWriter writer =
        PeftAdapter.writer(module(Map.of("fc1.weight", lora(2, 1))), temp)
            .overwrite()
            .dtype(DType.F16)
            .metadata("key", "value");
    assertThatIllegalStateException().isThrownBy(writer::overwrite);
    assertThatIllegalStateException().isThrownBy(() -> writer.dtype(DType.F32));
    assertThatIllegalStateException().isThrownBy(() -> writer.metadata("key", "other"));
    assertThatIllegalArgumentException().isThrownBy(() -> writer.metadata("medforge.id", "x"));
    assertThatIllegalArgumentException().isThrownBy(() -> writer.metadata("format", "x"));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                PeftAdapter.writer(module(Map.of("fc1.weight", lora(2, 1))), temp).dtype(DType.I8));
  }
}
