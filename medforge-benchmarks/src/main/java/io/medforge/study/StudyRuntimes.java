package io.medforge.study;

import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import io.medforge.runtime.djl.DjlRuntime;
import java.util.List;

/** The study's models, ready to answer; one owner opens and closes them all. */
final class StudyRuntimes implements AutoCloseable {
  private final ModelRuntime base;
  private final ModelRuntime reference;
  private final ModelRuntime pooled;
  private final ModelRuntime federated;

  private StudyRuntimes(
      ModelRuntime base, ModelRuntime reference, ModelRuntime pooled, ModelRuntime federated) {
    this.base = base;
    this.reference = reference;
    this.pooled = pooled;
    this.federated = federated;
  }

  static StudyRuntimes open(Trained trained) {
    return new StudyRuntimes(
        DjlRuntime.open(trained.base()),
        DjlRuntime.open(trained.base()),
        DjlRuntime.open(trained.pooled()),
        DjlRuntime.open(trained.federated()));
  }

  /** The base, on ONNX Runtime: what the table asks. */
  ModelRuntime base() {
    return base;
  }

  /** The parameters of pooled training. */
  ModelRuntime pooled() {
    return pooled;
  }

  /** The parameters of federated averaging. */
  ModelRuntime federated() {
    return federated;
  }

  /**
   * How far ONNX Runtime and PyTorch are apart.
   *
   * @param modules each of which answers, as does the base alone
   * @param batches the inputs
   * @return the largest difference of two logits
   */
  double largestDifference(List<PluginModule> modules, List<ModelInput> batches) {
    double largest = 0;
    for (ModelInput batch : batches) {
      largest = Math.max(largest, difference(base.runBase(batch), reference.runBase(batch)));
      for (PluginModule module : modules) {
        largest =
            Math.max(largest, difference(base.run(module, batch), reference.run(module, batch)));
      }
    }
    return largest;
  }

  private static double difference(Outputs one, Outputs other) {
    double largest = 0;
    for (int row = 0; row < one.size(); row++) {
      for (int label = 0; label < one.classes(); label++) {
        double difference = (double) one.logit(row, label) - other.logit(row, label);
        largest = Math.max(largest, Math.abs(difference));
      }
    }
    return largest;
  }

  @Override
  public void close() {
    federated.close();
    pooled.close();
    reference.close();
    base.close();
  }
}
