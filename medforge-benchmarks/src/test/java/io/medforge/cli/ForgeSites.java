package io.medforge.cli;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.plugin.safetensors.DistilledSetFile;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.onnx.OnnxMlp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** What hospitals have before they meet: a base model, adapters and distilled sets. */
final class ForgeSites {
  private static final LabelSpace LABELS = LabelSpace.of("tumour", "benign", "malignant");
  private static final int FEATURES = 6;
  private static final int EXAMPLES = 80;

  private ForgeSites() {}

  static void writeBase(Path file) {
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    parameters.put("fc1.weight", Tensor.of(Shape.of(2, FEATURES), new float[2 * FEATURES]));
    OnnxMlp.write(List.of("fc1"), parameters, file);
  }

  /** One hospital's adapter and distilled set. */
  static void write(Path folder, String centre, long seed) throws IOException {
    Files.createDirectories(folder);
    Random random = new Random(seed);
    float[] a = new float[2 * FEATURES];
    for (int k = 0; k < FEATURES; k++) {
      a[k] = (float) (1 + 0.2 * random.nextGaussian());
      a[FEATURES + k] = (float) (0.3 * random.nextGaussian());
    }
    Tensor b = Tensor.of(Shape.of(2, 2), -1f, 0.5f, 1f, 0.5f);
    LowRankUpdate update = new LowRankUpdate(Tensor.of(Shape.of(2, FEATURES), a), b, 1);
    PluginModule module =
        PluginModule.of(
            new PluginId(centre, "tumour", "1"),
            BaseModel.named("clinic"),
            Map.of("fc1.weight", update),
            Provenance.unknown());
    PeftAdapter.write(module, folder.resolve("adapter"));
    float[][] rows = new float[EXAMPLES][FEATURES];
    int[] classes = new int[EXAMPLES];
    for (int i = 0; i < EXAMPLES; i++) {
      classes[i] = i % 2;
      for (int k = 0; k < FEATURES; k++) {
        rows[i][k] = (float) ((classes[i] == 1 ? 1 : -1) + 0.8 * random.nextGaussian());
      }
    }
    DistilledSetFile.write(
        DistilledSet.of(LABELS, ModelInput.ofRows(rows), classes),
        folder.resolve("distilled.safetensors"));
  }
}
