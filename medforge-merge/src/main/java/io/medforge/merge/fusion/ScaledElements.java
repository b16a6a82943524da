package io.medforge.merge.fusion;

import io.medforge.plugin.Tensor;

/** {@code factor * x}, in double, rounded once to float. */
record ScaledElements(Tensor tensor, double factor) implements ComputedTensor.Elements {
  @Override
  public void compute(long from, float[] into, int offset, int count) {
    double[] values = new double[count];
    tensor.read(from, values, 0, count);
    for (int i = 0; i < count; i++) {
      into[offset + i] = (float) (factor * values[i]);
    }
  }
}
