package io.medforge.study;

import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import io.medforge.runtime.djl.DjlRuntime;
import io.medforge.runtime.djl.Network;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The study's models, ready to answer: all of them on ONNX Runtime, and the base on PyTorch too, to
 * compare the two. One owner opens and closes them.
 */
final class StudyRuntimes implements AutoCloseable {
  private final Deque<ModelRuntime> open = new ArrayDeque<>();
  private final ModelRuntime base;
  private final ModelRuntime reference;
  private final ModelRuntime pooled;
  private final ModelRuntime federated;

  private StudyRuntimes(Trained trained) {
    try {
      this.base = onnx(trained.base());
      this.reference = opened(DjlRuntime.open(trained.base()));
      this.pooled = onnx(trained.pooled());
      this.federated = onnx(trained.federated());
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  static StudyRuntimes open(Trained trained) {
    return new StudyRuntimes(trained);
  }

  private ModelRuntime onnx(Network network) {
    return opened(OnnxModels.open(network));
  }

  private ModelRuntime opened(ModelRuntime runtime) {
    open.push(runtime);
    return runtime;
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
   * @return the largest difference of two logits, absolute where they are below 1, else relative
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
        double logit = one.logit(row, label);
        double difference = Math.abs(logit - other.logit(row, label));
        largest = Math.max(largest, difference / Math.max(1, Math.abs(logit)));
      }
    }
    return largest;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }
}
