package io.medforge.forge.admission;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Update;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;

/** A linear classifier of two classes whose base knows nothing: logits W x with W = B A. */
final class ToyRuntime implements ModelRuntime {
  static final BaseModel BASE = BaseModel.named("toy");
  static final String LAYER = "weight";

  @Override
  public BaseModel base() {
    return BASE;
  }

  @Override
  public Outputs run(PluginModule plugin, ModelInput batch) {
    Update update = plugin.updates().get(LAYER);
    return answer(dense((LowRankUpdate) update), batch);
  }

  @Override
  public Outputs runBase(ModelInput batch) {
    return answer(new double[2][(int) batch.values().shape().dimension(1)], batch);
  }

  private static double[][] dense(LowRankUpdate update) {
    double[] a = update.a().toDoubles();
    double[] b = update.b().toDoubles();
    int rank = (int) update.rank();
    int features = (int) update.in();
    double[][] w = new double[2][features];
    for (int c = 0; c < 2; c++) {
      for (int k = 0; k < features; k++) {
        for (int r = 0; r < rank; r++) {
          w[c][k] += update.scaling() * b[c * rank + r] * a[r * features + k];
        }
      }
    }
    return w;
  }

  private static Outputs answer(double[][] w, ModelInput batch) {
    double[] x = batch.values().toDoubles();
    int features = w[0].length;
    float[] logits = new float[2 * batch.size()];
    for (int i = 0; i < logits.length; i++) {
      double sum = 0;
      for (int k = 0; k < features; k++) {
        sum += w[i % 2][k] * x[i / 2 * features + k];
      }
      logits[i] = (float) sum;
    }
    return Outputs.ofLogits(batch.size(), 2, logits);
  }

  @Override
  public void close() {}
}
