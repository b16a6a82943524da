package io.medforge.plugin.peft;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A small adapter's folder, one layer fc1 [4, 3] of rank 2, to be spoilt by a test. */
final class AdapterFixture {
  private final SortedMap<String, String> config = new TreeMap<>();
  private final SortedMap<String, Tensor> tensors = new TreeMap<>();
  private final SortedMap<String, String> metadata = new TreeMap<>(Map.of("format", "pt"));

  AdapterFixture() {
    config("peft_type", "\"LORA\"");
    config("base_model_name_or_path", "\"mlp\"");
    config("r", "2");
    config("lora_alpha", "4");
    config("target_modules", "[\"fc1\"]");
    tensor("fc1.lora_A.weight", filled(2, 3));
    tensor("fc1.lora_B.weight", filled(4, 2));
  }

  /** Values 1, 2, 3 and so on. */
  static Tensor filled(long... dimensions) {
    Shape shape = Shape.of(dimensions);
    float[] values = new float[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i + 1;
    }
    return Tensor.of(shape, values);
  }

  AdapterFixture config(String key, String json) {
    config.put(key, json);
    return this;
  }

  AdapterFixture tensor(String name, Tensor tensor) {
    tensors.put("base_model.model." + name, tensor);
    return this;
  }

  AdapterFixture rawTensor(String name, Tensor tensor) {
    tensors.put(name, tensor);
    return this;
  }

  AdapterFixture without(String name) {
    tensors.remove("base_model.model." + name);
    return this;
  }

  AdapterFixture metadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /** Writes the folder with plain code, not with the writer under test. */
  Path in(Path parent) {
    try {
      Path folder = Files.createDirectories(parent.resolve("adapter"));
      StringBuilder json = new StringBuilder("{");
      config.forEach(
          (key, value) ->
              json.append(json.length() > 1 ? ", " : "")
                  .append('"')
                  .append(key)
                  .append("\": ")
                  .append(value));
      Files.writeString(folder.resolve("adapter_config.json"), json.append("}"));
      SafetensorsWriter.to(folder.resolve("adapter_model.safetensors"))
          .metadata(metadata)
          .replaceExisting()
          .write(tensors);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
