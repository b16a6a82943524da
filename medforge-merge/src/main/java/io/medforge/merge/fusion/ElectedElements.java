package io.medforge.merge.fusion;

import io.medforge.merge.kernel.SignElection;
import io.medforge.plugin.Tensor;
import java.util.List;

/** The disjoint mean of TIES, in float, in order. */
record ElectedElements(
    List<Tensor> tensors, List<Float> weights, SignElection.Vote vote, SignElection.Divisor divisor)
    implements ComputedTensor.Elements {
  @Override
  public void compute(long from, float[] into, int offset, int count) {
    float[][] x = new float[tensors.size()][count];
    float[] w = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      tensors.get(i).read(from, x[i], 0, count);
      w[i] = weights.get(i);
    }
    float[] merged = new float[count];
    SignElection.merge(x, w, vote, divisor, merged, count);
    System.arraycopy(merged, 0, into, offset, count);
  }
}
