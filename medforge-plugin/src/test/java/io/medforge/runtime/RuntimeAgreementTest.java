package io.medforge.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Update;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.DjlRuntime;
import io.medforge.runtime.djl.Network;
import io.medforge.runtime.onnx.OnnxMlp;
import io.medforge.runtime.onnx.OnnxRuntime;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both engines answer alike, whatever a plugin changes. */
class RuntimeAgreementTest {
  @TempDir Path directory;

  @Test
  void bothEnginesAnswerAlike() {
    ReferenceMlp mlp = ReferenceMlp.random(1, 30, 64, 32, 2);
    Map<String, Update> mixed = new TreeMap<>(mlp.lora(5, 16).updates());
    mixed.put("fc2.bias", new DenseUpdate(ReferenceMlp.gaussian(6, 0.2, 32)));
    mixed.put(
        "fc3.weight",
        new Replacement(ReferenceMlp.gaussian(7, 0.2, 3, 32), ReferenceMlp.labels(3)));
    mixed.put(
        "fc3.bias", new Replacement(ReferenceMlp.gaussian(8, 0.2, 3), ReferenceMlp.labels(3)));
    List<PluginModule> plugins =
        List.of(mlp.lora(3, 8, 8, 2), mlp.lora(4, 1), mlp.plugin("mixed", mixed));
    ModelInput batch = ReferenceMlp.inputs(2, 500, 30);
    Path file = directory.resolve("mlp.onnx");
    OnnxMlp.write(ReferenceMlp.LAYERS, mlp.parameters(), file);
    Architecture architecture = Architecture.mlp("fc1", "fc2", "fc3");
    try (ModelRuntime djl = DjlRuntime.open(Network.of("mlp", architecture, mlp.parameters()));
        ModelRuntime onnx = OnnxRuntime.open(file)) {
      assertThat(onnx.base()).isEqualTo(djl.base());
      assertThat(difference(djl.runBase(batch), onnx.runBase(batch))).isLessThan(1e-5);
      for (PluginModule plugin : plugins) {
        assertThat(difference(djl.run(plugin, batch), onnx.run(plugin, batch)))
            .as(plugin.id().toString())
            .isLessThan(1e-5);
      }
    }
  }

  /** The largest difference, absolute for logits below 1 and relative above. */
  private static double difference(Outputs one, Outputs other) {
    double largest = 0;
    for (int row = 0; row < one.size(); row++) {
      for (int label = 0; label < one.classes(); label++) {
        double a = one.logit(row, label);
        double b = other.logit(row, label);
        largest = Math.max(largest, Math.abs(a - b) / Math.max(1, Math.abs(a)));
      }
    }
    return largest;
  }
}
