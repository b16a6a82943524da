package io.medforge.runtime.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import io.medforge.runtime.ModelInput;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/** An exported mixture in plain ONNX Runtime, as a hospital would serve it: no MedForge here. */
final class ServedMixture {
  private final float[][] probabilities;
  private final float[][] shares;
  private final boolean[][] abstained;

  private ServedMixture(float[][] probabilities, float[][] shares, boolean[][] abstained) {
    this.probabilities = probabilities;
    this.shares = shares;
    this.abstained = abstained;
  }

  float[] probabilities(int row) {
    return probabilities[row].clone();
  }

  float[] shares(int row) {
    return shares[row].clone();
  }

  boolean abstained(int row) {
    return abstained[row][0];
  }

  static ServedMixture run(Path file, String input, ModelInput batch) throws Exception {
    OrtEnvironment environment = OnnxEnvironment.get();
    try (OrtSession session = environment.createSession(file.toString());
        OnnxTensor values =
            OnnxTensor.createTensor(
                environment,
                FloatBuffer.wrap(batch.values().toFloats()),
                batch.values().shape().toArray());
        OrtSession.Result result = session.run(Map.of(input, values))) {
      boolean abstains = session.getOutputNames().contains(OnnxMixture.ABSTAINED);
      return new ServedMixture(
          (float[][]) result.get(OnnxMixture.PROBABILITIES).orElseThrow().getValue(),
          (float[][]) result.get(OnnxMixture.SHARES).orElseThrow().getValue(),
          abstains
              ? (boolean[][]) result.get(OnnxMixture.ABSTAINED).orElseThrow().getValue()
              : new boolean[batch.size()][1]);
    }
  }
}
