package io.medforge.merge.fusion;

import io.medforge.merge.kernel.WeightedSum;
import io.medforge.plugin.Tensor;
import java.util.List;

/** {@code sum w_i x_i}: multiply, then add, in float, in order; no sum is negative zero. */
record FloatSummedElements(List<Tensor> tensors, List<Float> weights)
    implements ComputedTensor.Elements {
  @Override
  public void compute(long from, float[] into, int offset, int count) {
    float[][] x = new float[tensors.size()][count];
    float[] w = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      tensors.get(i).read(from, x[i], 0, count);
      w[i] = weights.get(i);
    }
    float[] sum = new float[count];
    WeightedSum.of(w, x, sum, count);
    for (int i = 0; i < count; i++) {
      into[offset + i] = sum[i] + 0f;
    }
  }
}
