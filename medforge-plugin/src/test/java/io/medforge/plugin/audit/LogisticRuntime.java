package io.medforge.plugin.audit;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.Map;

/** Logistic regression on a base that answers 0 to everything; a plugin is a vector of weights. */
final class LogisticRuntime implements ModelRuntime {
  static final BaseModel BASE = BaseModel.of("zero", Digest.of(new byte[0]));

  static PluginModule plugin(double[] weights) {
    float[] values = new float[weights.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) weights[i];
    }
    return PluginModule.of(
        PluginId.parse("st-anna/logistic:1"),
        BASE,
        Map.of("w", new DenseUpdate(Tensor.of(Shape.of(1, weights.length), values))),
        Provenance.unknown());
  }

  @Override
  public BaseModel base() {
    return BASE;
  }

  @Override
  public Outputs run(PluginModule plugin, ModelInput batch) {
    double[] weights = ((DenseUpdate) plugin.updates().get("w")).delta().toDoubles();
    double[][] rows = Cohort.rows(batch);
    float[] logits = new float[2 * rows.length];
    for (int row = 0; row < rows.length; row++) {
      logits[2 * row + 1] = (float) LogisticTraining.dot(weights, rows[row]);
    }
    return Outputs.ofLogits(rows.length, 2, logits);
  }

  @Override
  public Outputs runBase(ModelInput batch) {
    return Outputs.ofLogits(batch.size(), 2, new float[2 * batch.size()]);
  }

  @Override
  public void close() {}
}
