package io.medforge.architecture;

import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.plugin.safetensors.SafetensorsFile;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;

/**
 * A site that only merges files: writes two adapters of rank 1, reads and fuses them, writes the
 * result and returns the weight change it holds, row by row. Loaded by {@link NoEngineTest} where
 * no engine is on the class path; a {@link Function} so that both sides know its type.
 */
public final class FuseInFiles implements Function<Path, double[]> {
  private static final String LAYER = "layers.0.linear.weight";

  @Override
  public double[] apply(Path folder) {
    Path lung = folder.resolve("lung");
    Path colon = folder.resolve("colon");
    Path fused = folder.resolve("fused");
    // B * A: [[2, 4], [0, 0], [0, 0]] and [[0, 0], [0, 0], [6, 2]].
    PeftAdapter.write(plugin("lung", new float[] {1, 2}, new float[] {2, 0, 0}), lung);
    PeftAdapter.write(plugin("colon", new float[] {3, 1}, new float[] {0, 0, 2}), colon);

    PluginSet plugins = PluginSet.of(PeftAdapter.read(lung), PeftAdapter.read(colon));
    PeftAdapter.write(Fusion.average().build().merge(plugins).value(), fused);

    try (SafetensorsFile file = SafetensorsFile.open(fused.resolve("adapter_model.safetensors"))) {
      if (file.tensors().size() != 2) {
        throw new IllegalStateException("expected 2 tensors, found " + file.tensors().keySet());
      }
    }
    return change(PeftAdapter.read(fused));
  }

  private static PluginModule plugin(String name, float[] a, float[] b) {
    LowRankUpdate update =
        new LowRankUpdate(
            Tensor.of(Shape.of(1, a.length), a), Tensor.of(Shape.of(b.length, 1), b), 1.0);
    return PluginModule.of(
        new PluginId("st-anna", name, "1"),
        BaseModel.named("tiny"),
        Map.of(LAYER, update),
        Provenance.unknown());
  }

  private static double[] change(PluginModule module) {
    Update update = module.update(LAYER).orElseThrow();
    if (!(update instanceof LowRankUpdate factors)) {
      throw new IllegalStateException("expected a low-rank update, found " + update);
    }
    int rank = Math.toIntExact(factors.rank());
    int out = Math.toIntExact(factors.out());
    int in = Math.toIntExact(factors.in());
    float[] a = new float[rank * in];
    float[] b = new float[out * rank];
    factors.a().read(0, a, 0, a.length);
    factors.b().read(0, b, 0, b.length);
    double[] change = new double[out * in];
    for (int row = 0; row < out; row++) {
      for (int column = 0; column < in; column++) {
        double sum = 0;
        for (int k = 0; k < rank; k++) {
          sum += (double) b[row * rank + k] * a[k * in + column];
        }
        change[row * in + column] = factors.scaling() * sum;
      }
    }
    return change;
  }
}
