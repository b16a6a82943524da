package io.medforge.plugin.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that the Python library wrote ({@code golden/write_golden.py}): read, and written alike.
 */
class GoldenFilesTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "empty.safetensors",
        "metadata-only.safetensors",
        "every-dtype.safetensors",
        "shapes.safetensors",
        "numpy-values.safetensors"
      })
  void whatIsReadIsWrittenBackByteForByte(String name) throws IOException {
    byte[] golden = TestBytes.resource("golden/" + name);
    Path copy = folder.resolve(name);
    try (SafetensorsFile file = SafetensorsFile.open(TestBytes.write(folder, golden))) {
      SafetensorsWriter.to(copy).metadata(file.metadata()).write(file.tensors());
    }
    assertThat(Files.readAllBytes(copy)).isEqualTo(golden);
  }

  @ParameterizedTest
  @ValueSource(strings = {"every-dtype.safetensors", "shapes.safetensors"})
  void everyTensorHasItsOwnBytes(String name) {
    byte[] golden = TestBytes.resource("golden/" + name);
    try (SafetensorsFile file = SafetensorsFile.open(TestBytes.write(folder, golden))) {
      assertThat(file.tensors()).isNotEmpty();
      file.tensors()
          .forEach(
              (key, tensor) ->
                  assertThat(TestBytes.stored(tensor)).as(key).isEqualTo(rule(key, tensor)));
    }
  }

  /** The rule in {@code write_golden.py}, which counts a name's characters as Python does. */
  private static byte[] rule(String name, Tensor tensor) {
    byte[] bytes = new byte[Math.toIntExact(tensor.shape().elements() * tensor.dtype().bits() / 8)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (7 * i + name.codePointCount(0, name.length()));
    }
    return bytes;
  }

  @Test
  void everyDTypeThatPythonWritesIsNamedAlike() {
    byte[] golden = TestBytes.resource("golden/every-dtype.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(TestBytes.write(folder, golden))) {
      assertThat(file.tensors().values())
          .extracting(Tensor::dtype)
          .doesNotContain(DType.F6_E2M3, DType.F6_E3M2)
          .hasSize(2 * (DType.values().length - 2));
      file.tensors()
          .forEach((name, tensor) -> assertThat(name).startsWithIgnoringCase(tensor.dtype() + "."));
    }
  }

  @Test
  void valuesAreThoseOfNumpy() {
    byte[] golden = TestBytes.resource("golden/numpy-values.safetensors");
    try (SafetensorsFile file = SafetensorsFile.open(TestBytes.write(folder, golden))) {
      Map<String, Tensor> tensors = file.tensors();
      Tensor a = tensors.get("base_model.model.fc.lora_A.weight");
      assertThat(a.shape()).isEqualTo(Shape.of(2, 3));
      // 0.1 and 6e-8 as the nearest F16; the latter is the least positive one, 2^-24.
      assertThat(a.toDoubles()).containsExactly(1.5, -2, 0.0999755859375, 65504, 0x1p-24, -0.0);
      assertThat(tensors.get("base_model.model.fc.lora_B.weight").toFloats())
          .containsExactly(0.1f, (float) Math.PI, -1e-42f);
      assertThat(tensors.get("f64").toDoubles()).containsExactly(0.1, -1e300, Double.MIN_VALUE);
      assertThat(tensors.get("i64").toDoubles()).containsExactly(-0x1p53, 0x1p53, -1);
      assertThat(tensors.get("u32").toDoubles()).containsExactly(0xffffffffL, 0);
      assertThat(tensors.get("i8").toDoubles()).containsExactly(-128, 127);
      assertThat(tensors.get("u8").toDoubles()).containsExactly(255, 0);
      assertThat(file.metadata()).containsExactly(Map.entry("format", "pt"));
    }
  }
}
