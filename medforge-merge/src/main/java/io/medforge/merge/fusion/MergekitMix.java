package io.medforge.merge.fusion;

import io.medforge.plugin.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * {@code base + lambda mix(deltas)}: what mergekit's generalised task arithmetic does at the end.
 */
record MergekitMix(
    MergekitArithmetic arithmetic,
    Tensor base,
    List<Tensor> deltas,
    List<Double> weights,
    boolean elects,
    boolean normalizes,
    double lambda)
    implements ComputedTensor.Elements {
  private static final double NO_WEIGHT = 1e-8;

  @Override
  public void compute(long from, float[] into, int offset, int count) {
    float[][] x = new float[deltas.size()][count];
    for (int k = 0; k < x.length; k++) {
      deltas.get(k).read(from, x[k], 0, count);
    }
    float[] w = arithmetic.weights(weights);
    boolean[][] counted = elects ? arithmetic.agreeing(x, w, count) : all(x.length, count);
    float[] mixed = arithmetic.sum(x, w, counted, count);
    base.read(from, into, offset, count);
    float whole = arithmetic.divisor(w, all(x.length, 1), 0);
    float factor = (float) lambda;
    for (int i = 0; i < count; i++) {
      float value = mixed[i];
      if (normalizes) {
        float divisor = elects ? arithmetic.divisor(w, counted, i) : whole;
        value = arithmetic.round(value / (!elects && Math.abs(divisor) < NO_WEIGHT ? 1 : divisor));
      }
      if (lambda != 1) {
        value = arithmetic.round(value * factor);
      }
      into[offset + i] = arithmetic.round(into[offset + i] + value);
    }
  }

  private static boolean[][] all(int n, int count) {
    boolean[][] all = new boolean[n][count];
    for (boolean[] row : all) {
      Arrays.fill(row, true);
    }
    return all;
  }
}
