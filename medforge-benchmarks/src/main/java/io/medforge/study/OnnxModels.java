package io.medforge.study;

import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.djl.Network;
import io.medforge.runtime.onnx.OnnxMlp;
import io.medforge.runtime.onnx.OnnxRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A trained network as an ONNX model, opened on ONNX Runtime. */
final class OnnxModels {
  private OnnxModels() {}

  /**
   * Writes the network as an ONNX file, opens it, and removes the file.
   *
   * @param network a perceptron of {@link BaseTraining#LAYERS}
   * @return a runtime of the same base, which its caller closes
   */
  static ModelRuntime open(Network network) {
    try {
      Path file = Files.createTempFile("medforge-study-", ".onnx");
      try {
        OnnxMlp.write(BaseTraining.LAYERS, network.parameters(), file);
        return OnnxRuntime.open(file, network.base());
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing an ONNX model", e);
    }
  }
}
