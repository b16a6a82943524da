package io.medforge.runtime.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a file that ONNX Runtime in Python was seen to read (write_golden.py beside it). */
class OnnxAdapterFileTest {
  private static final LowRankUpdate FC =
      new LowRankUpdate(
          Tensor.of(Shape.of(2, 3), 1f, 2f, 3f, -1f, 0.5f, 0.25f),
          Tensor.of(Shape.of(2, 2), 2f, -4f, 1f, 8f),
          0.5);

  @TempDir private Path folder;

  private static PluginModule module(Map<String, Update> updates) {
    return PluginModule.of(
        new PluginId("centre", "task", "1"),
        BaseModel.named("base"),
        new TreeMap<>(updates),
        Provenance.unknown());
  }

  private static Path golden(String name) throws URISyntaxException {
    URL found = OnnxAdapterFileTest.class.getResource("adapter/" + name);
    assertThat(found).isNotNull();
    return Path.of(found.toURI());
  }

  @Test
  void isTheFileThatPythonReads() throws URISyntaxException {
    Path file = folder.resolve("fused.onnx_adapter");
    OnnxAdapterFile.write(module(Map.of("fc.weight", FC)), OnnxAdapterFile.Naming.peft(""), file);

    // These are the bytes that Python's AdapterFormat was seen to read as it reads a file of its
    // own (write_golden.py --check).
    assertThat(file).hasSameBinaryContentAs(golden("medforge.onnx_adapter"));
  }

  @Test
  void writesParametersAsTheyAre() throws URISyntaxException {
    Path file = folder.resolve("plain.onnx_adapter");
    Tensor down = Tensor.encode(DType.F16, Shape.of(3, 2), 1, -1, 2, 0.5, 3, 0.25);
    Tensor up = Tensor.encode(DType.BF16, Shape.of(2, 2), 1, 0.5, -2, 4);
    OnnxAdapterFile.write(Map.of("fc.lora_A.weight", down, "fc.lora_B.weight", up), file);
    assertThat(file).hasSameBinaryContentAs(golden("medforge.onnx_adapter"));

    Tensor integers = Tensor.ofBytes(DType.I8, Shape.of(1), new byte[1]);
    assertThatThrownBy(() -> OnnxAdapterFile.write(Map.of("n", integers), file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected floating-point values, found I8, at parameter n");
  }

  @Test
  void refusesWhatHasNoFactors() throws IOException {
    Path file = folder.resolve("none.onnx_adapter");
    PluginModule dense = module(Map.of("fc.bias", new DenseUpdate(Tensor.of(Shape.of(2), 1f, 2f))));
    assertThatThrownBy(() -> OnnxAdapterFile.write(dense, OnnxAdapterFile.Naming.peft("m."), file))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("found a dense update, at plugin centre/task:1, layer fc.bias");
    OnnxAdapterFile.Naming same = new OnnxAdapterFile.Naming(layer -> "x", layer -> "x");
    assertThatThrownBy(() -> OnnxAdapterFile.write(module(Map.of("fc.weight", FC)), same, file))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("found x twice");
    try (var left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }
}
