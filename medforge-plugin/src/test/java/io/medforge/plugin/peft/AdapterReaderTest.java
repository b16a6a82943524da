package io.medforge.plugin.peft;

import static io.medforge.plugin.peft.AdapterFixture.filled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdapterReaderTest {
  private static final Digest DIGEST = Digest.of(new byte[] {1});

  @TempDir Path temp;

  private PluginModule read(AdapterFixture adapter) {
    return PeftAdapter.read(adapter.in(temp));
  }

  private void assertRefused(AdapterFixture adapter, String... fragments) {
    Path folder = adapter.in(temp);
    assertThatThrownBy(() -> PeftAdapter.read(folder))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageStartingWith("expected ")
        .hasMessageContaining(folder.toString())
        .hasMessageContainingAll(fragments);
    assertThatThrownBy(() -> PeftAdapter.reader(folder).open())
        .isInstanceOf(MalformedPluginException.class);
  }

  @Test
  void readsALayer() {
    PluginModule module = read(new AdapterFixture());
    assertThat(module.id()).isEqualTo(PluginId.parse("local/adapter:0"));
    assertThat(module.base()).isEqualTo(BaseModel.named("mlp"));
    LowRankUpdate lora = (LowRankUpdate) module.updates().get("fc1.weight");
    assertThat(lora.scaling()).isEqualTo(2);
    assertThat(lora.a().toDoubles()).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(lora.b().shape()).isEqualTo(Shape.of(4, 2));
  }

  @Test
  void defaultsAreThoseOfPeft() {
    AdapterConfig config = AdapterConfig.parse("{\"peft_type\": \"LORA\"}", "test");
    assertThat(config.rankOf("fc1")).isEqualTo(8);
    assertThat(config.scalingOf("fc1")).isEqualTo(1);
  }

  @Test
  void takesWhatTheFolderDoesNotSayFromItsCaller() {
    Path folder =
        new AdapterFixture()
            .config("base_model_name_or_path", "null")
            .config("modules_to_save", "[\"head\"]")
            .tensor("head.weight", filled(2, 4))
            .in(temp);
    LabelSpace space = LabelSpace.of("lesion", "benign", "malignant");
    PluginModule module =
        PeftAdapter.reader(folder)
            .id(PluginId.parse("st-anna/lung:2"))
            .baseName("mlp")
            .baseDigest(DIGEST)
            .labels(space)
            .read();
    assertThat(module.id()).hasToString("st-anna/lung:2");
    assertThat(module.base()).isEqualTo(BaseModel.of("mlp", DIGEST));
    assertThat(((Replacement) module.updates().get("head.weight")).labels()).isEqualTo(space);
  }

  @Test
  void anOptionMayBeSetOnce() {
    AdapterReader reader = PeftAdapter.reader(temp).baseName("one");
    assertThatIllegalStateException().isThrownBy(() -> reader.baseName("two"));
  }

  @Test
  void refusesACallerWhoContradictsTheFolder() {
    Path folder = new AdapterFixture().metadata("medforge.base.digest", DIGEST.toString()).in(temp);
    assertThatThrownBy(() -> PeftAdapter.reader(folder).baseName("other").read())
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContainingAll("other", "mlp");
    Digest other = Digest.of(new byte[] {2});
    assertThatThrownBy(() -> PeftAdapter.reader(folder).baseDigest(other).read())
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContainingAll(other.toString(), DIGEST.toString());
    assertThat(PeftAdapter.reader(folder).baseDigest(DIGEST).read().base().digest())
        .contains(DIGEST);
  }

  @Test
  void namesAnUnnamedBaseAfterItsClass() {
    AdapterFixture adapter = new AdapterFixture().config("base_model_name_or_path", "null");
    assertThat(read(adapter).base().name()).isEqualTo("unnamed");
    adapter.config("auto_mapping", "{\"base_model_class\": \"Mlp\", \"parent_library\": \"ward\"}");
    assertThat(read(adapter).base().name()).isEqualTo("unnamed:ward.Mlp");
  }

  @ParameterizedTest
  @CsvSource({"lung v2!, lung-v2-", "..hidden, hidden", "___, adapter", "a b@c, a-b-c"})
  void namesThePluginAfterTheFolder(String folder, String name) throws IOException {
    Path renamed = Files.move(new AdapterFixture().in(temp), temp.resolve(folder));
    assertThat(PeftAdapter.read(renamed).id()).isEqualTo(new PluginId("local", name, "0"));
  }

  @Test
  void rankAndAlphaPatternsAndRsLora() {
    PluginModule module =
        read(
            new AdapterFixture()
                .config("use_rslora", "true")
                .config("rank_pattern", "{\"blocks.fc1\": 3}")
                .config("alpha_pattern", "{\"fc1\": 5.5, \"blocks.fc1\": 7}")
                .tensor("blocks.fc1.lora_A.weight", filled(3, 3))
                .tensor("blocks.fc1.lora_B.weight", filled(4, 3)));
    assertThat(((LowRankUpdate) module.updates().get("fc1.weight")).scaling())
        .isEqualTo(5.5 / Math.sqrt(2));
    assertThat(((LowRankUpdate) module.updates().get("blocks.fc1.weight")).scaling())
        .isEqualTo(5.5 / Math.sqrt(3));
  }

  @Test
  void aBiasOfBBecomesTheChangeOfTheLayersBias() {
    AdapterFixture adapter =
        new AdapterFixture().config("lora_bias", "true").tensor("fc1.lora_B.bias", filled(4));
    Tensor exact = ((DenseUpdate) read(adapter).updates().get("fc1.bias")).delta();
    assertThat(exact.dtype()).isEqualTo(DType.F32);
    assertThat(exact.toDoubles()).containsExactly(2, 4, 6, 8);
    adapter.config("lora_alpha", "0.2");
    Tensor wide = ((DenseUpdate) read(adapter).updates().get("fc1.bias")).delta();
    assertThat(wide.dtype()).isEqualTo(DType.F64);
    assertThat(wide.toDoubles()).containsExactly(0.1, 0.1 * 2, 0.1 * 3, 0.1 * 4);
  }

  @Test
  void heedsFanInFanOutForMatricesOnly() {
    PluginModule module =
        read(
            new AdapterFixture()
                .config("fan_in_fan_out", "true")
                .tensor("conv.lora_A.weight", filled(2, 3, 5, 5))
                .tensor("conv.lora_B.weight", filled(4, 2, 1, 1)));
    assertThat(((LowRankUpdate) module.updates().get("fc1.weight")).layout())
        .isEqualTo(LowRankUpdate.Layout.IN_OUT);
    assertThat(((LowRankUpdate) module.updates().get("conv.weight")).layout())
        .isEqualTo(LowRankUpdate.Layout.OUT_IN);
  }

  @Test
  void biasAllWithSavedModulesRepeatsItselfHarmlessly() {
    AdapterFixture adapter =
        new AdapterFixture()
            .config("bias", "\"all\"")
            .config("modules_to_save", "[\"head\"]")
            .tensor("fc1.base_layer.bias", filled(4))
            .tensor("head.weight", filled(2, 4))
            .tensor("head.bias", filled(2))
            .tensor("head.modules_to_save.bias", filled(2))
            .tensor("head.original_module.bias", Tensor.of(Shape.of(2), 9f, 9f));
    assertThat(read(adapter).updates())
        .containsOnlyKeys("fc1.weight", "fc1.bias", "head.weight", "head.bias");
    adapter.tensor("head.modules_to_save.bias", Tensor.of(Shape.of(2), 9f, 9f));
    assertRefused(adapter, "head.bias", "repeats");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "peft_type | \"LOHA\" | LOHA",
        "peft_type | null | peft_type",
        "peft_type | 3 | peft_type",
        "use_dora | true | DoRA",
        "use_qalora | true | QALoRA",
        "use_bdlora | {\"a\": 1} | BD-LoRA",
        "arrow_config | {\"a\": 1} | Arrow",
        "kasa_config | {\"a\": 1} | KaSA",
        "monteclora_config | {\"a\": 1} | MonteCLoRA",
        "velora_config | {\"a\": 1} | VeLoRA",
        "megatron_config | {\"a\": 1} | Megatron",
        "alora_invocation_tokens | [1] | aLoRA",
        "layer_replication | [[0, 4]] | layer replication",
        "target_parameters | [\"w\"] | bare parameters",
        "trainable_token_indices | [1] | trainable tokens",
        "ensure_weight_tying | true | tied weights",
        "init_lora_weights | \"pissa_niter_4\" | pissa_niter_4",
        "init_lora_weights | \"corda\" | corda",
        "init_lora_weights | \"lora_ga\" | lora_ga",
        "init_lora_weights | \"loftq\" | loftq",
        "init_lora_weights | null | init_lora_weights",
        "use_future_lora | 1 | use_future_lora",
        "use_future_lora | 0 | use_future_lora",
        "bias | \"some\" | some",
        "bias | true | bias",
        "task_type | \"DIAGNOSIS\" | DIAGNOSIS",
        "r | 0 | rank",
        "r | -1 | rank",
        "r | 2.0 | rank",
        "r | true | rank",
        "r | null | rank",
        "r | 99999999999 | rank",
        "r | 3 | of rank 2",
        "lora_alpha | \"4\" | finite number",
        "lora_alpha | 1e999 | finite number",
        "lora_alpha | 9007199254740993 | 2^53",
        "lora_alpha | null | finite number",
        "rank_pattern | [] | an object",
        "rank_pattern | {\"fc1\": 0} | rank",
        "rank_pattern | {\"(?=x)\": 1} | regular expression",
        "alpha_pattern | {\"fc1\": \"x\"} | finite number",
        "use_rslora | 1 | true or false",
        "fan_in_fan_out | \"yes\" | true or false",
        "modules_to_save | \"head\" | list of texts",
        "modules_to_save | [1] | list of texts",
        "modules_to_save | [\"\"] | names of modules",
        "base_model_name_or_path | 1 | a text",
        "base_model_name_or_path | \"a\\u0000\" | base model's name",
        "base_model_name_or_path | \"\\ud800\" | surrogate",
        "lora_bias | true | lora_bias",
      })
  void refusesAnOption(String key, String json, String fragment) {
    assertRefused(new AdapterFixture().config(key, json), fragment);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lora_dropout | 0.5",
        "inference_mode | true",
        "auto_mapping | {\"base_model_class\": 3, \"unsloth_fixed\": true}",
        "peft_version | \"0.9.0\"",
        "megatron_core | \"megatron.core\"",
        "qalora_group_size | 16",
        "loftq_config | {\"loftq_bits\": 4}",
        "eva_config | {\"rho\": 2.0}",
        "layers_to_transform | [1]",
        "target_modules | \".*fc.*\"",
        "init_lora_weights | \"gaussian\"",
        "init_lora_weights | false",
        "use_future_lora | false",
        "future_config | {}",
        "future_name | \"\"",
        "future_list | []",
        "future_value | null",
        "rank_pattern | null",
      })
  void acceptsAnOptionWithoutEffect(String key, String json) {
    Digest plain = read(new AdapterFixture()).digest();
    assertThat(read(new AdapterFixture().config(key, json)).digest()).isEqualTo(plain);
  }

  @Test
  void recordsWhatHasNoEffect() {
    PluginModule module =
        read(
            new AdapterFixture()
                .config("task_type", "\"CAUSAL_LM\"")
                .config("revision", "\"abc\"")
                .metadata("trained", "on a ward"));
    assertThat(module.provenance().facts())
        .containsEntry("peft.task_type", "CAUSAL_LM")
        .containsEntry("peft.revision", "abc")
        .containsEntry("safetensors.trained", "on a ward");
  }

  @Test
  void refusesTensorsItDoesNotUnderstand() {
    Tensor t = filled(4);
    assertRefused(new AdapterFixture().rawTensor("fc1.lora_A.weight", t), "base_model.model.");
    assertRefused(new AdapterFixture().tensor("fc1.lora_magnitude_vector", t), "DoRA");
    assertRefused(new AdapterFixture().tensor("e.lora_embedding_A", t), "embedding");
    assertRefused(new AdapterFixture().tensor("fc1.lora_E", t), "AdaLoRA");
    assertRefused(new AdapterFixture().tensor("fc1.lora_diag", t), "KaSA");
    assertRefused(new AdapterFixture().tensor("embed_tokens.weight", t), "embed_tokens.weight");
    assertRefused(new AdapterFixture().tensor("fc1.lora_C.weight", t), "fc1.lora_C.weight");
    assertRefused(new AdapterFixture().tensor("fc1.lora_A.default.weight", t), "default");
    assertRefused(new AdapterFixture().tensor("lora_A.weight", t), "lora_A.weight");
    assertRefused(new AdapterFixture().tensor(".lora_A.weight", t), "part \"\"");
    assertRefused(
        new AdapterFixture().tensor("attn.base_layer.out_proj.lora_A.weight", filled(2, 3)),
        "MultiheadAttention");
    assertRefused(
        new AdapterFixture().tensor("_orig_mod.fc2.lora_A.weight", filled(2, 3)), "_orig_mod");
    assertRefused(new AdapterFixture().tensor("fc1.base_layer.bias", t), "fc1.base_layer.bias");
    assertRefused(new AdapterFixture().tensor("fc1.bias", t), "bias");
    assertRefused(
        new AdapterFixture().config("bias", "\"lora_only\"").tensor("norm.bias", t),
        "adapted modules only");
    assertRefused(
        new AdapterFixture().config("bias", "\"all\"").tensor("fc1.original_module.bias", t),
        "original_module");
  }

  @Test
  void refusesFactorsThatDoNotFit() {
    assertRefused(new AdapterFixture().without("fc1.lora_A.weight"), "no lora_A.weight", "fc1");
    assertRefused(new AdapterFixture().without("fc1.lora_B.weight"), "no lora_B.weight", "fc1");
    assertRefused(new AdapterFixture().tensor("fc1.lora_B.weight", filled(4, 3)), "[4, 3]");
    assertRefused(new AdapterFixture().tensor("fc1.lora_B.weight", filled(4, 2, 1)), "[4, 2, 1]");
    assertRefused(new AdapterFixture().tensor("fc1.lora_A.weight", filled(6)), "[6]");
    assertRefused(
        new AdapterFixture().tensor("fc1.lora_A.weight", Tensor.of(Shape.of(2, 0), new float[0])),
        "[2, 0]");
    assertRefused(
        new AdapterFixture()
            .tensor("fc1.lora_A.weight", Tensor.ofBytes(DType.I8, Shape.of(2, 3), new byte[6])),
        "I8");
    assertRefused(
        new AdapterFixture()
            .tensor("conv.lora_A.weight", filled(2, 3, 5, 5))
            .tensor("conv.lora_B.weight", filled(4, 1, 1, 1)),
        "grouped convolution",
        "conv");
    assertRefused(
        new AdapterFixture()
            .tensor("conv.lora_A.weight", filled(2, 3, 5, 5))
            .tensor("conv.lora_B.weight", filled(4, 2, 3, 3)),
        "conv");
    assertRefused(
        new AdapterFixture().config("lora_bias", "true").tensor("fc1.lora_B.bias", filled(3)),
        "[4]");
    assertRefused(new AdapterFixture().tensor("fc1.lora_B.bias", filled(4)), "lora_bias");
    assertRefused(
        new AdapterFixture().config("lora_alpha", "1e308").config("rank_pattern", "{\"fc1\": 3}"),
        "rank 3");
  }

  @Test
  void refusesTwoUpdatesOfOneParameter() {
    assertRefused(
        new AdapterFixture()
            .config("modules_to_save", "[\"fc1\"]")
            .tensor("fc1.weight", filled(4, 3)),
        "fc1.weight",
        "two");
    assertRefused(
        new AdapterFixture()
            .config("bias", "\"all\"")
            .tensor("fc1.bias", filled(4))
            .tensor("fc1.base_layer.bias", filled(4)),
        "fc1.bias",
        "two");
    assertRefused(
        new AdapterFixture()
            .config("bias", "\"all\"")
            .config("lora_bias", "true")
            .tensor("fc1.lora_B.bias", filled(4))
            .tensor("fc1.base_layer.bias", filled(4)),
        "fc1.bias",
        "two");
  }

  @Test
  void refusesValuesThatAreNoNumbers() {
    Path folder =
        new AdapterFixture()
            .tensor("fc1.lora_A.weight", Tensor.of(Shape.of(2, 3), 1, 2, Float.NaN, 4, 5, 6))
            .in(temp);
    assertThatThrownBy(() -> PeftAdapter.read(folder))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContainingAll("NaN", "fc1.weight", "local/adapter:0");
  }

  @Test
  void refusesMetadataThatIsMalformedOrAboutNothing() {
    assertRefused(new AdapterFixture().metadata("medforge.future", "x"), "medforge.future");
    assertRefused(new AdapterFixture().metadata("medforge.id", "x"), "medforge.id");
    assertRefused(new AdapterFixture().metadata("medforge.base.digest", "x"), "digest");
    assertRefused(new AdapterFixture().metadata("medforge.labels", "[]"), "medforge.labels");
    assertRefused(
        new AdapterFixture().metadata("medforge.labels", "{\"fc1.weight\": {\"name\": \"x\"}}"),
        "fc1.weight");
    assertRefused(
        new AdapterFixture().metadata("medforge.padding", "{\"modules\": [\"fc1\"]}"), "fc1");
    assertRefused(
        new AdapterFixture().metadata("medforge.scalings", "{\"scalings\": {\"fc1\": 3}}"), "3.0");
    assertRefused(
        new AdapterFixture().metadata("medforge.scalings", "{\"scalings\": {\"fc2\": 2}}"), "fc2");
    assertRefused(
        new AdapterFixture()
            .config("lora_bias", "true")
            .tensor("fc1.lora_B.bias", filled(4))
            .metadata("medforge.padding", "{\"modules\": [\"fc1\"]}"),
        "zeros");
  }

  @Test
  void refusesFoldersWithoutAnAdapter() throws IOException {
    assertThatThrownBy(() -> PeftAdapter.read(temp.resolve("none")))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining("none");
    assertThatThrownBy(() -> PeftAdapter.read(temp))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining("adapter_config.json");
    Path folder = new AdapterFixture().in(temp);
    Files.delete(folder.resolve("adapter_model.safetensors"));
    assertThatThrownBy(() -> PeftAdapter.read(folder))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining("adapter_model.safetensors");
    Files.write(folder.resolve("adapter_model.bin"), new byte[] {1});
    assertThatThrownBy(() -> PeftAdapter.read(folder))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContainingAll("pickled", "convert");
  }

  @Test
  void refusesAConfigurationThatIsTooLong() throws IOException {
    Path folder = new AdapterFixture().in(temp);
    Files.writeString(
        folder.resolve("adapter_config.json"), " ".repeat(AdapterConfig.MAX_BYTES) + "{}");
    assertThatThrownBy(() -> PeftAdapter.read(folder))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining(String.valueOf(AdapterConfig.MAX_BYTES));
  }

  @Test
  void anOpenModuleReadsUntilItIsClosedAndAReadOneForEver() throws IOException {
    Path folder = new AdapterFixture().in(temp);
    PluginModule read = PeftAdapter.read(folder);
    OpenAdapter open = PeftAdapter.reader(folder).open();
    Tensor a = ((LowRankUpdate) open.module().updates().get("fc1.weight")).a();
    assertThat(a.toDoubles()).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(open.module().digest()).isEqualTo(read.digest());
    open.close();
    open.close();
    assertThatIllegalStateException().isThrownBy(a::toDoubles);
    Files.delete(folder.resolve("adapter_model.safetensors"));
    assertThat(((LowRankUpdate) read.updates().get("fc1.weight")).a().toDoubles())
        .containsExactly(1, 2, 3, 4, 5, 6);
  }
}
