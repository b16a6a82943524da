package io.medforge.runtime.onnx;

import io.medforge.plugin.Tensor;
import io.medforge.runtime.GateParameters;

/** How many bytes a gate's numbers take in a model. */
final class GateSize {
  private GateSize() {}

  static long of(GateParameters gate) {
    if (gate instanceof GateParameters.Sequence sequence) {
      return sequence.steps().stream().mapToLong(GateSize::of).sum();
    }
    if (gate instanceof GateParameters.Prototypes prototypes) {
      return doubles(prototypes.whitening().factor(), prototypes.centres(), prototypes.routing());
    }
    if (gate instanceof GateParameters.Neighbours neighbours) {
      return doubles(
          neighbours.whitening().factor(), neighbours.examples(), neighbours.responsibilities());
    }
    if (gate instanceof GateParameters.Abstention abstention) {
      return doubles(abstention.whitening().factor(), abstention.centres());
    }
    return 0;
  }

  private static long doubles(Tensor... tensors) {
    long bytes = 0;
    for (Tensor tensor : tensors) {
      bytes += Double.BYTES * tensor.shape().elements();
    }
    return bytes;
  }
}
