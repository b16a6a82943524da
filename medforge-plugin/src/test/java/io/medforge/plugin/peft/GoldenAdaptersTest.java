package io.medforge.plugin.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.LowRankUpdate.Layout;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.SafetensorsFile;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GoldenAdaptersTest {
  private static final double TOLERANCE = 1e-6;

  /** What a refusal must name. */
  private static final Map<String, String> FEATURES =
      Map.ofEntries(
          Map.entry("adalora", "ADALORA"),
          Map.entry("alora", "aLoRA"),
          Map.entry("dora", "DoRA"),
          Map.entry("embedding", "embedding"),
          Map.entry("ia3", "IA3"),
          Map.entry("layer_replication", "layer replication"),
          Map.entry("loha", "LOHA"),
          Map.entry("lokr", "LOKR"),
          Map.entry("olora", "olora"),
          Map.entry("pissa", "pissa"),
          Map.entry("target_parameters", "bare parameters"),
          Map.entry("trainable_tokens", "trainable tokens"));

  @TempDir Path temp;

  @ParameterizedTest
  @MethodSource("io.medforge.plugin.peft.GoldenFolders#accepted")
  void readsWhatPeftComputes(Path folder) {
    PluginModule module = PeftAdapter.read(folder);
    JsonNode targets = GoldenFolders.expected(folder).get("targets");
    SortedMap<String, LowRankUpdate> adapted = new TreeMap<>();
    module
        .updates()
        .forEach(
            (layer, update) -> {
              if (update instanceof LowRankUpdate lora) {
                adapted.put(layer.substring(0, layer.length() - ".weight".length()), lora);
              }
            });
    assertThat(adapted.keySet()).isEqualTo(names(targets));
    try (SafetensorsFile expected = SafetensorsFile.open(folder.resolve("expected.safetensors"))) {
      adapted.forEach(
          (layer, lora) -> {
            JsonNode target = targets.get(layer);
            assertThat(lora.scaling()).as(layer).isEqualTo(target.get("scaling").doubleValue());
            assertThat(lora.rank()).as(layer).isEqualTo(target.get("r").longValue());
            assertThat(lora.layout())
                .as(layer)
                .isEqualTo(
                    target.get("type").textValue().equals("Conv1D")
                        ? Layout.IN_OUT
                        : Layout.OUT_IN);
            assertClose(layer, product(lora), expected.tensors().get(layer + ".delta"));
          });
      checkOtherUpdates(module, expected.tensors());
    }
  }

  private static void checkOtherUpdates(PluginModule module, SortedMap<String, Tensor> expected) {
    SortedMap<String, Tensor> found = new TreeMap<>();
    module
        .updates()
        .forEach(
            (layer, update) -> {
              if (update instanceof DenseUpdate dense) {
                found.put(layer.replaceFirst("\\.bias$", ".bias_delta"), dense.delta());
              } else if (update instanceof Replacement whole) {
                found.put("replaced." + layer, whole.tensor());
              }
            });
    SortedMap<String, Tensor> wanted = new TreeMap<>();
    expected.forEach(
        (name, tensor) -> {
          if (name.endsWith(".bias_delta") || name.startsWith("replaced.")) {
            String plain = name.replace("base_model.model.", "").replace(".base_layer", "");
            wanted.put(plain, tensor);
          }
        });
    assertThat(found.keySet()).isEqualTo(wanted.keySet());
    found.forEach((name, tensor) -> assertClose(name, tensor.toDoubles(), wanted.get(name)));
  }

  @ParameterizedTest
  @MethodSource("io.medforge.plugin.peft.GoldenFolders#accepted")
  void givesTheSameModuleAgainWhenWrittenAndReadBack(Path folder) {
    PluginModule module = PeftAdapter.read(folder);
    Path copy = temp.resolve("copy");
    PeftAdapter.write(module, copy);
    PluginModule again = PeftAdapter.read(copy);
    assertThat(again.digest()).isEqualTo(module.digest());
    assertThat(again.id()).isEqualTo(module.id());
    assertThat(again.base()).isEqualTo(module.base());
    assertThat(again.provenance()).isEqualTo(module.provenance());
  }

  @ParameterizedTest
  @MethodSource("io.medforge.plugin.peft.GoldenFolders#refused")
  void refusesByName(Path folder) {
    String feature = FEATURES.get(folder.getFileName().toString());
    assertThat(feature).as("%s has no feature in this test", folder).isNotNull();
    assertThatThrownBy(() -> PeftAdapter.read(folder))
        .isInstanceOf(MalformedPluginException.class)
        .hasMessageContaining(feature)
        .hasMessageContaining(folder.toString());
  }

  @Test
  void readsMicaWhoseProductIsPlain() {
    PluginModule module = PeftAdapter.read(GoldenFolders.root().resolve("mica"));
    assertThat(module.updates()).containsOnlyKeys("fc1.weight", "fc2.weight");
  }

  @Test
  void opensWhatItReads() {
    Path folder = GoldenFolders.root().resolve("bias_all");
    try (OpenAdapter open = PeftAdapter.reader(folder).open()) {
      assertThat(open.module().digest()).isEqualTo(PeftAdapter.read(folder).digest());
    }
  }

  private static SortedMap<String, JsonNode> fields(JsonNode object) {
    SortedMap<String, JsonNode> fields = new TreeMap<>();
    object.properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
    return fields;
  }

  private static Set<String> names(JsonNode object) {
    return fields(object).keySet();
  }

  private static void assertClose(String what, double[] found, Tensor wanted) {
    assertThat(wanted).as(what).isNotNull();
    assertThat(found).as(what).containsExactly(wanted.toDoubles(), within(TOLERANCE));
  }

  /** s * B * A, the slow and obvious way. */
  static double[] product(LowRankUpdate lora) {
    double[] a = lora.a().toDoubles();
    double[] b = lora.b().toDoubles();
    int r = (int) lora.rank();
    int k = (int) lora.in();
    int d = (int) lora.out();
    double[] product = new double[d * k];
    for (int row = 0; row < d; row++) {
      for (int column = 0; column < k; column++) {
        double sum = 0;
        for (int i = 0; i < r; i++) {
          sum += b[row * r + i] * a[i * k + column];
        }
        product[row * k + column] = lora.scaling() * sum;
      }
    }
    return product;
  }
}
