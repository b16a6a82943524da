package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Update;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A small but real model: logits = W x + b with W [classes, k] frozen. Applies LoRA and dense
 * updates of {@code linear.weight}, dense updates of {@code linear.bias} and a replacement {@code
 * linear.bias}. Counts its runs.
 */
final class LinearRuntime implements ModelRuntime {
  static final String WEIGHT = "linear.weight";
  static final String BIAS = "linear.bias";
  static final BaseModel BASE =
      BaseModel.of("linear", Digest.of("linear".getBytes(StandardCharsets.UTF_8)));

  private final int classes;
  private final int features;
  private final double[] weight;
  private final List<String> runs = Collections.synchronizedList(new ArrayList<>());

  LinearRuntime(int classes, int features) {
    this.classes = classes;
    this.features = features;
    this.weight = new double[classes * features];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = StrictMath.sin(1 + 2.7 * i);
    }
  }

  /** The ids of the plugins that were run, in order. */
  List<String> runs() {
    return List.copyOf(runs);
  }

  @Override
  public BaseModel base() {
    return BASE;
  }

  @Override
  public Outputs run(PluginModule plugin, ModelInput batch) {
    if (!plugin.base().matches(BASE)) {
      throw new IncompatiblePluginsException(
          "expected base " + BASE + ", found " + plugin.base() + ", at plugin " + plugin.id());
    }
    runs.add(plugin.id().toString());
    double[] w = weight.clone();
    double[] b = new double[classes];
    plugin.updates().forEach((layer, update) -> apply(layer, update, w, b));
    return answer(w, b, batch);
  }

  @Override
  public Outputs runBase(ModelInput batch) {
    return answer(weight, new double[classes], batch);
  }

  @Override
  public void close() {}

  private void apply(String layer, Update update, double[] w, double[] b) {
    double[] target = layer.equals(WEIGHT) ? w : b;
    if (update instanceof LowRankUpdate lora) {
      double[] down = lora.a().toDoubles();
      double[] up = lora.b().toDoubles();
      int rank = (int) lora.rank();
      for (int d = 0; d < classes; d++) {
        for (int k = 0; k < features; k++) {
          for (int r = 0; r < rank; r++) {
            target[d * features + k] += lora.scaling() * up[d * rank + r] * down[r * features + k];
          }
        }
      }
    } else if (update instanceof DenseUpdate dense) {
      double[] delta = dense.delta().toDoubles();
      for (int i = 0; i < delta.length; i++) {
        target[i] += delta[i];
      }
    } else if (update instanceof Replacement replacement) {
      double[] value = replacement.tensor().toDoubles();
      System.arraycopy(value, 0, target, 0, value.length);
    }
  }

  private Outputs answer(double[] w, double[] b, ModelInput batch) {
    if (batch.values().shape().dimension(1) != features) {
      throw new IllegalArgumentException(
          "expected inputs [n, " + features + "], found " + batch.values().shape());
    }
    double[] x = batch.values().toDoubles();
    float[] logits = new float[batch.size() * classes];
    for (int row = 0; row < batch.size(); row++) {
      for (int c = 0; c < classes; c++) {
        double sum = b[c];
        for (int k = 0; k < features; k++) {
          sum += w[c * features + k] * x[row * features + k];
        }
        logits[row * classes + c] = (float) sum;
      }
    }
    return Outputs.ofLogits(batch.size(), classes, logits);
  }
}
