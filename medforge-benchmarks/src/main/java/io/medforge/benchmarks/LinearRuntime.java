package io.medforge.benchmarks;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A model of one linear rule, without an engine: the logits are +s and -s of s = direction * input;
 * the base's direction is zero. It makes memories to benchmark on. Thread-safe.
 */
final class LinearRuntime implements ModelRuntime {
  static final String LAYER = "direction";

  private final BaseModel base;
  private final AtomicLong rowsAnswered = new AtomicLong();

  LinearRuntime(BaseModel base) {
    this.base = base;
  }

  @Override
  public BaseModel base() {
    return base;
  }

  @Override
  public Outputs run(PluginModule plugin, ModelInput batch) {
    if (!(plugin.updates().get(LAYER) instanceof DenseUpdate update)) {
      throw new IllegalArgumentException("expected a dense update of " + LAYER + ", found none");
    }
    rowsAnswered.addAndGet(batch.size());
    return answer(update.delta().toFloats(), batch);
  }

  /** How many rows plugins have been run on. */
  long rowsAnswered() {
    return rowsAnswered.get();
  }

  @Override
  public Outputs runBase(ModelInput batch) {
    return answer(new float[(int) batch.values().shape().dimension(1)], batch);
  }

  private static Outputs answer(float[] direction, ModelInput batch) {
    float[] row = new float[direction.length];
    float[] logits = new float[2 * batch.size()];
    for (int i = 0; i < batch.size(); i++) {
      batch.values().read((long) i * row.length, row, 0, row.length);
      logits[2 * i] = score(direction, row);
      logits[2 * i + 1] = -logits[2 * i];
    }
    return Outputs.ofLogits(batch.size(), 2, logits);
  }

  static float score(float[] direction, float[] row) {
    float sum = 0;
    for (int i = 0; i < row.length; i++) {
      sum += direction[i] * row[i];
    }
    return sum;
  }

  @Override
  public void close() {}
}
