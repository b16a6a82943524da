package io.medforge.merge.checkpoint;

import io.medforge.merge.kernel.WeightedSum;

/**
 * {@code (sum w x) / divisor}, as mergekit's {@code linear}.
 *
 * @param weights one per source
 * @param divisor what the sum is divided by; 1 leaves it as it is
 */
@SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
record LinearRule(float[] weights, float divisor) implements TensorRule, TileRule {
  @Override
  public TileRule prepare(TensorSources sources) {
    return this;
  }

  @Override
  public void combine(long from, float[][] x, float[] out, int count) {
    WeightedSum.of(weights, x, out, count);
    if (divisor != 1) {
      for (int i = 0; i < count; i++) {
        out[i] = out[i] / divisor;
      }
    }
  }
}
