package io.medforge.plugin.branch;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.SafetensorsFile;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.Network;
import io.medforge.runtime.djl.VisionTransformer;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/** The tiny models that write_golden.py made: their bases, inputs and what PyTorch answers. */
enum GoldenBases {
  MLP("mlp"),
  VIT("vit");

  static final LabelSpace LABELS = LabelSpace.of("finding", "absent", "present");

  private final String folder;

  GoldenBases(String folder) {
    this.folder = folder;
  }

  private Architecture architecture() {
    return this == MLP
        ? Architecture.mlp("fc1", "fc2")
        : VisionTransformer.of(8, 4, 2).width(16).depth(2).heads(2).hidden(24).build();
  }

  static Path root() {
    try {
      URL url = Objects.requireNonNull(GoldenBases.class.getResource("golden"));
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  Path theirs() {
    return root().resolve("peft-0.21.2").resolve(folder);
  }

  Path ours(Path folderOfAll) {
    return folderOfAll.resolve(folder);
  }

  Network network() {
    return BaseFile.read(theirs().resolve("base.safetensors"), folder, architecture());
  }

  SortedMap<String, Tensor> expected() {
    return read(theirs().resolve("expected.safetensors"));
  }

  ModelInput inputs() {
    return new ModelInput(tensor(expected(), "x"));
  }

  int[] classes() {
    float[] values = tensor(expected(), "classes").toFloats();
    int[] classes = new int[values.length];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = (int) values[i];
    }
    return classes;
  }

  static Tensor tensor(SortedMap<String, Tensor> tensors, String name) {
    return Objects.requireNonNull(tensors.get(name), name);
  }

  static SortedMap<String, Tensor> read(Path path) {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      file.tensors()
          .forEach(
              (name, tensor) -> tensors.put(name, Tensor.of(tensor.shape(), tensor.toFloats())));
    }
    return tensors;
  }
}
