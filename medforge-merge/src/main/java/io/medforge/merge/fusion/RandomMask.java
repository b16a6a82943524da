package io.medforge.merge.fusion;

import io.medforge.merge.kernel.CounterRandom;
import io.medforge.plugin.Tensor;

/** Keeps each element with one probability and, if asked to, divides it by that. */
record RandomMask(Tensor delta, CounterRandom random, double density, boolean rescaled)
    implements ComputedTensor.Elements {
  @Override
  public void compute(long from, float[] into, int offset, int count) {
    delta.read(from, into, offset, count);
    float divisor = rescaled ? (float) density : 1;
    for (int i = 0; i < count; i++) {
      boolean keeps = random.uniform(from + i) < density;
      into[offset + i] = keeps ? into[offset + i] / divisor : 0f;
    }
  }
}
