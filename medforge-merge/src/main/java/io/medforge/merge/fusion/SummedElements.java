package io.medforge.merge.fusion;

import io.medforge.plugin.Tensor;
import java.util.List;

/** {@code sum c_i x_i}, in double, in order, rounded once to float. */
record SummedElements(List<Tensor> tensors, List<Double> coefficients)
    implements ComputedTensor.Elements {
  @Override
  public void compute(long from, float[] into, int offset, int count) {
    double[] sum = new double[count];
    double[] values = new double[count];
    for (int i = 0; i < tensors.size(); i++) {
      double c = coefficients.get(i);
      tensors.get(i).read(from, values, 0, count);
      for (int t = 0; t < count; t++) {
        sum[t] = sum[t] + c * values[t];
      }
    }
    for (int t = 0; t < count; t++) {
      into[offset + t] = (float) sum[t];
    }
  }
}
