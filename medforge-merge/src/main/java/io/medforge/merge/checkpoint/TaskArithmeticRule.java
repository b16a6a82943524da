package io.medforge.merge.checkpoint;

import io.medforge.merge.kernel.TaskArithmetic;
import java.util.Arrays;

/**
 * {@code b + lambda sum w (x - b)}, as mergekit's {@code task_arithmetic}; the base is the first
 * source.
 *
 * @param weights one per source after the base
 * @param lambda what the sum is multiplied by
 */
@SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
record TaskArithmeticRule(float[] weights, float lambda) implements TensorRule, TileRule {
  @Override
  public TileRule prepare(TensorSources sources) {
    return this;
  }

  @Override
  public void combine(long from, float[][] x, float[] out, int count) {
    float[][] models = Arrays.copyOfRange(x, 1, x.length);
    TaskArithmetic.of(x[0], weights, models, lambda, out, count);
  }
}
