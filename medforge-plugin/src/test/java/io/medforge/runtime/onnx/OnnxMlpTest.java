package io.medforge.runtime.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.ReferenceMlp;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxMlpTest {
  private static final ReferenceMlp MLP = ReferenceMlp.random(1, 30, 17, 9, 2);

  @TempDir Path directory;

  @Test
  void sameParametersSameBytesAndSameDigest() throws Exception {
    Path one = directory.resolve("one.onnx");
    Path two = directory.resolve("two.onnx");
    Files.write(two, new byte[100]);
    OnnxMlp.write(ReferenceMlp.LAYERS, MLP.parameters(), one);
    OnnxMlp.write(ReferenceMlp.LAYERS, MLP.parameters(), two);
    assertThat(Files.readAllBytes(two)).isEqualTo(Files.readAllBytes(one));
    try (OnnxRuntime runtime = OnnxRuntime.open(one)) {
      assertThat(runtime.base())
          .isEqualTo(BaseModel.of("one", BaseModel.digestOf(MLP.parameters())));
    }
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactlyInAnyOrder(one, two);
    }
  }

  @Test
  void layersNeedNoBias() throws Exception {
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    parameters.put("fc1.weight", ReferenceMlp.gaussian(1, 1, 2, 3));
    Path file = directory.resolve("bare.onnx");
    OnnxMlp.write(List.of("fc1"), parameters, file);
    try (OnnxRuntime runtime = OnnxRuntime.open(file)) {
      assertThat(runtime.runBase(ReferenceMlp.inputs(1, 4, 3)).classes()).isEqualTo(2);
    }
  }

  private void assertRefused(List<String> layers, SortedMap<String, Tensor> parameters, String name)
      throws Exception {
    Path file = directory.resolve("refused.onnx");
    assertThatThrownBy(() -> OnnxMlp.write(layers, parameters, file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
    assertThat(file).doesNotExist();
  }

  @Test
  void whatDoesNotFitIsRefusedByName() throws Exception {
    assertRefused(List.of(), MLP.parameters(), "layer");
    assertRefused(List.of("fc1", "fc2"), MLP.parameters(), "fc3");
    assertRefused(List.of("fc1", "fc2", "fc3", "fc4"), MLP.parameters(), "fc4.weight");
    assertRefused(List.of("fc1", "fc3", "fc2"), MLP.parameters(), "fc3");
    assertRefused(List.of("fc1", "fc1", "fc2", "fc3"), MLP.parameters(), "fc1 twice");
    SortedMap<String, Tensor> half = new TreeMap<>(MLP.parameters());
    half.put("fc1.bias", Tensor.encode(DType.F16, half.get("fc1.bias").shape(), new double[17]));
    assertRefused(ReferenceMlp.LAYERS, half, "fc1.bias");
    SortedMap<String, Tensor> bias = new TreeMap<>(MLP.parameters());
    bias.put("fc2.bias", ReferenceMlp.gaussian(1, 1, 8));
    assertRefused(ReferenceMlp.LAYERS, bias, "fc2");
  }

  @Test
  void missingFoldersAreNamed() {
    Path file = directory.resolve("none").resolve("mlp.onnx");
    assertThatThrownBy(() -> OnnxMlp.write(ReferenceMlp.LAYERS, MLP.parameters(), file))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("mlp.onnx");
  }
}
