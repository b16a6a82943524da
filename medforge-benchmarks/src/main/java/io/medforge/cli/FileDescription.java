package io.medforge.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.plugin.Digest;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.SafetensorsFile;
import io.medforge.study.Grid;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;

/**
 * What there is to say of a safetensors file on its own: its tensors. Which base they belong to and
 * how factors are scaled stands in a plugin's folder, not in this file.
 */
final class FileDescription {
  private static final String NO_VALUES = "-";

  private final SafetensorsFile file;

  FileDescription(SafetensorsFile file) {
    this.file = file;
  }

  /** For people. */
  String toText() {
    StringBuilder text = new StringBuilder();
    text.append("file    ").append(file.path()).append('\n');
    text.append("digest  ").append(digest(file.tensors())).append('\n');
    file.metadata()
        .forEach(
            (key, value) -> text.append("  ").append(key).append(": ").append(value).append('\n'));
    text.append(
        "base, ranks and scaling: not in a file of tensors; inspect the adapter folder\n\n");
    List<List<String>> rows = new ArrayList<>();
    long bytes = 0;
    for (var entry : file.tensors().entrySet()) {
      Tensor tensor = entry.getValue();
      double norm = UpdateNorm.of(tensor);
      rows.add(
          List.of(
              entry.getKey(),
              tensor.shape().toString(),
              tensor.dtype().toString(),
              Double.isNaN(norm) && !tensor.dtype().hasValues()
                  ? NO_VALUES
                  : String.format(Locale.ROOT, "%.6g", norm)));
      bytes += tensor.dtype().byteSize(tensor.shape());
    }
    text.append(new Grid(List.of("tensor", "shape", "dtype", "norm"), rows).toText());
    text.append('\n').append(file.tensors().size()).append(" tensors, ").append(bytes);
    return text.append(" bytes of values\n").toString();
  }

  /** For programs. */
  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("digest", digest(file.tensors()).toString());
    ObjectNode metadata = json.putObject("metadata");
    file.metadata().forEach(metadata::put);
    ObjectNode tensors = json.putObject("tensors");
    file.tensors()
        .forEach(
            (name, tensor) -> {
              ObjectNode described = tensors.putObject(name);
              ModuleDescription.tensor(tensor, described);
              double norm = UpdateNorm.of(tensor);
              if (Double.isFinite(norm)) {
                described.put("norm", norm);
              }
            });
    return json;
  }

  /** Over names, types, shapes and values: the same for the same tensors in another order. */
  private static Digest digest(SortedMap<String, Tensor> tensors) {
    Digest.Builder builder = Digest.builder().add("medforge-tensors-v1");
    tensors.forEach((name, tensor) -> builder.add(name).add(tensor));
    return builder.build();
  }
}
