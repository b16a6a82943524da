package io.medforge.plugin.branch;

import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.SafetensorsFile;
import io.medforge.plugin.safetensors.SafetensorsWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A file that holds a training's state after an epoch: values, the optimizer's memory, the best
 * epoch's values, the losses. Written whole or not at all.
 */
final class Checkpoint {
  private static final String FORMAT = "medforge-checkpoint-v1";
  private static final String HISTORY = "history";

  /**
   * What a state belongs to.
   *
   * @param base the base model
   * @param settings everything that the result depends on but the data
   * @param data the digest of the data
   */
  record Identity(String base, String settings, String data) {
    SortedMap<String, String> metadata() {
      SortedMap<String, String> metadata = new TreeMap<>();
      metadata.put("format", FORMAT);
      metadata.put("base", base);
      metadata.put("settings", settings);
      metadata.put("data", data);
      return metadata;
    }
  }

  private final Path path;
  private final Identity identity;

  Checkpoint(Path path, Identity identity) {
    this.path = path;
    this.identity = identity;
  }

  void write(TrainingState state) {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    for (int i = 0; i < state.values().size(); i++) {
      Shape shape = state.values().get(i).shape();
      tensors.put("value." + i, state.values().get(i).toTensor());
      List<float[]> memory = state.rules().get(i).memory();
      for (int j = 0; j < memory.size(); j++) {
        tensors.put(memoryName(i, j), Tensor.of(shape, memory.get(j)));
      }
    }
    for (int i = 0; i < state.best().size(); i++) {
      tensors.put("best." + i, Tensor.of(state.values().get(i).shape(), state.best().get(i)));
    }
    tensors.put(HISTORY, history(state.history()));
    SafetensorsWriter.to(path).metadata(identity.metadata()).replaceExisting().write(tensors);
  }

  /** Takes over the state that the file holds, if there is one. */
  void resume(TrainingState state, int stepsPerEpoch) {
    if (!Files.exists(path)) {
      return;
    }
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      identity.metadata().forEach((fact, expected) -> check(file, fact, expected));
      for (int i = 0; i < state.values().size(); i++) {
        Shape shape = state.values().get(i).shape();
        state.values().get(i).values().put(tensor(file, "value." + i, DType.F32, shape).toFloats());
        List<float[]> memory = state.rules().get(i).memory();
        for (int j = 0; j < memory.size(); j++) {
          copy(tensor(file, memoryName(i, j), DType.F32, shape), memory.get(j));
        }
      }
      for (int i = 0; i < state.best().size(); i++) {
        Shape shape = state.values().get(i).shape();
        copy(tensor(file, "best." + i, DType.F32, shape), state.best().get(i));
      }
      List<TrainingReport.Epoch> history = history(file);
      history.forEach(state::record);
      state.rules().forEach(rule -> rule.resume((long) history.size() * stepsPerEpoch));
    }
  }

  private static String memoryName(int array, int kind) {
    return "memory." + array + "." + kind;
  }

  private void check(SafetensorsFile file, String fact, String expected) {
    String found = file.metadata().getOrDefault(fact, "none");
    if (!found.equals(expected)) {
      throw new IllegalArgumentException(
          "expected a checkpoint of "
              + fact
              + " "
              + expected
              + ", found one of "
              + found
              + ", at "
              + path);
    }
  }

  private Tensor tensor(SafetensorsFile file, String name, DType dtype, Shape shape) {
    Tensor tensor = file.tensors().get(name);
    if (tensor == null || tensor.dtype() != dtype || !tensor.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "expected a checkpoint with tensor "
              + name
              + " "
              + dtype
              + shape
              + ", found "
              + (tensor == null ? "none" : tensor.dtype() + "" + tensor.shape())
              + ", at "
              + path);
    }
    return tensor;
  }

  private static void copy(Tensor tensor, float[] into) {
    tensor.read(0, into, 0, into.length);
  }

  /** {@code [epochs, 1]} losses, or {@code [epochs, 3]} with validation losses and accuracies. */
  private static Tensor history(List<TrainingReport.Epoch> epochs) {
    int columns = epochs.get(0).validation().isPresent() ? 3 : 1;
    double[] values = new double[epochs.size() * columns];
    for (int i = 0; i < epochs.size(); i++) {
      int at = i * columns;
      values[at] = epochs.get(i).loss();
      epochs
          .get(i)
          .validation()
          .ifPresent(
              validation -> {
                values[at + 1] = validation.loss();
                values[at + 2] = validation.accuracy();
              });
    }
    return Tensor.of(Shape.of(epochs.size(), columns), values);
  }

  private List<TrainingReport.Epoch> history(SafetensorsFile file) {
    Tensor tensor = file.tensors().get(HISTORY);
    if (tensor == null || tensor.dtype() != DType.F64 || tensor.shape().dimensions() != 2) {
      throw new IllegalArgumentException(
          "expected a checkpoint with tensor " + HISTORY + " F64 [epochs, columns], at " + path);
    }
    int columns = Math.toIntExact(tensor.shape().dimension(1));
    double[] values = tensor.toDoubles();
    List<TrainingReport.Epoch> epochs = new ArrayList<>();
    for (int at = 0; at < values.length; at += columns) {
      Optional<Validation> validation =
          columns == 3
              ? Optional.of(new Validation(values[at + 1], values[at + 2]))
              : Optional.empty();
      epochs.add(new TrainingReport.Epoch(values[at], validation));
    }
    return epochs;
  }
}
