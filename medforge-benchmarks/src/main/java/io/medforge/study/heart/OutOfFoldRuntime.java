package io.medforge.study.heart;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.Features;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.List;

/**
 * Asks a hospital's plugin about the hospital's own patients as if it had not seen them: inputs
 * carry the patient's fold in one more column, and the hospital's own plugin answers for a patient
 * with the plugin that was trained without that fold. All other plugins answer as ever.
 * Thread-safe.
 */
final class OutOfFoldRuntime implements ModelRuntime {
  private final ModelRuntime runtime;
  private final PluginId own;
  private final List<PluginModule> heldOut;

  /**
   * A runtime for one hospital.
   *
   * @param runtime answers
   * @param own the hospital's plugin
   * @param heldOut the plugin trained without each fold
   */
  OutOfFoldRuntime(ModelRuntime runtime, PluginId own, List<PluginModule> heldOut) {
    this.runtime = runtime;
    this.own = own;
    this.heldOut = List.copyOf(heldOut);
  }

  /** Rows with their folds, {@code [n, k + 1]}. */
  static ModelInput inputs(CentreRows rows, int... folds) {
    float[] values = new float[rows.size() * (rows.width() + 1)];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.row(i), 0, values, i * (rows.width() + 1), rows.width());
      values[i * (rows.width() + 1) + rows.width()] = folds[i];
    }
    return new ModelInput(Tensor.of(Shape.of(rows.size(), rows.width() + 1), values));
  }

  @Override
  public BaseModel base() {
    return runtime.base();
  }

  @Override
  public Outputs run(PluginModule plugin, ModelInput batch) {
    ModelInput inputs = withoutFold(batch);
    if (!plugin.id().equals(own)) {
      return runtime.run(plugin, inputs);
    }
    List<Outputs> answers = heldOut.stream().map(held -> runtime.run(held, inputs)).toList();
    float[] logits = new float[2 * batch.size()];
    int width = width(batch);
    float[] fold = new float[1];
    for (int i = 0; i < batch.size(); i++) {
      batch.values().read((long) (i + 1) * width - 1, fold, 0, 1);
      Outputs answer = answers.get((int) fold[0]);
      logits[2 * i] = answer.logit(i, 0);
      logits[2 * i + 1] = answer.logit(i, 1);
    }
    return Outputs.ofLogits(batch.size(), 2, logits);
  }

  @Override
  public Outputs runBase(ModelInput batch) {
    return runtime.runBase(withoutFold(batch));
  }

  @Override
  public Features features(ModelInput batch) {
    return runtime.features(withoutFold(batch));
  }

  private static int width(ModelInput batch) {
    return (int) batch.values().shape().dimension(1);
  }

  private static ModelInput withoutFold(ModelInput batch) {
    int width = width(batch) - 1;
    float[] values = batch.values().toFloats();
    float[] kept = new float[batch.size() * width];
    for (int i = 0; i < batch.size(); i++) {
      System.arraycopy(values, i * (width + 1), kept, i * width, width);
    }
    return new ModelInput(Tensor.of(Shape.of(batch.size(), width), kept));
  }

  @Override
  public void close() {
    // The runtime is its owner's.
  }
}
