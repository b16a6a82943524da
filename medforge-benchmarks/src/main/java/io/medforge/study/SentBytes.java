package io.medforge.study;

import io.medforge.merge.mixture.MixtureModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.plugin.safetensors.SafetensorsWriter;
import io.medforge.plugin.safetensors.TensorBundleFile;
import io.medforge.runtime.DistilledSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** How large contributions are when they are sent: the sizes of the files, written for real. */
final class SentBytes {
  private SentBytes() {}

  /** A module as a PEFT folder: its tensors and its configuration. */
  static long of(PluginModule module) {
    return written(folder -> PeftAdapter.write(module, folder.resolve("adapter")));
  }

  /** A distilled set as one safetensors file: inputs in their own type, classes in a byte each. */
  static long of(DistilledSet set) {
    byte[] classes = new byte[set.size()];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = (byte) set.classOf(i);
    }
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    tensors.put("inputs", set.inputs().values());
    tensors.put("classes", Tensor.ofBytes(DType.U8, Shape.of(classes.length), classes));
    return written(
        folder -> SafetensorsWriter.to(folder.resolve("distilled.safetensors")).write(tensors));
  }

  /** A mixture but for its plugins' parameters: the gate's numbers, labels, ids, as one file. */
  static long ofGate(MixtureModel mixture) {
    return written(folder -> TensorBundleFile.write(mixture.toBundle(), folder.resolve("mixture")));
  }

  /** Writes into a folder. */
  @FunctionalInterface
  private interface Content {
    void writeTo(Path folder);
  }

  private static long written(Content content) {
    try {
      Path folder = Files.createTempDirectory("medforge-study-");
      try {
        content.writeTo(folder);
        long bytes = 0;
        for (Path file : all(folder)) {
          bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
        }
        return bytes;
      } finally {
        for (Path file : all(folder)) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("measuring what is sent", e);
    }
  }

  /** The innermost first, so that folders are empty when their turn comes. */
  private static List<Path> all(Path folder) throws IOException {
    try (var paths = Files.walk(folder)) {
      return paths.sorted(Comparator.reverseOrder()).toList();
    }
  }
}
