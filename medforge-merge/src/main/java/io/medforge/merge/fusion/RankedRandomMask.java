package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.CounterRandom;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.Arrays;

/**
 * DELLA's MagPrune: keeps an element with a probability by the rank of its magnitude in its row.
 */
final class RankedRandomMask implements ComputedTensor.Elements {
  private static final int MAGNITUDE = 0x7fffffff;

  private final Tensor delta;
  private final CounterRandom random;
  private final double density;
  private final double epsilon;
  private final boolean rescaled;
  private final int row;

  RankedRandomMask(
      Tensor delta, CounterRandom random, double density, double epsilon, boolean rescaled) {
    this.delta = delta;
    this.random = random;
    this.density = density;
    this.epsilon = epsilon;
    this.rescaled = rescaled;
    Shape shape = delta.shape();
    long length = shape.dimensions() < 2 ? shape.elements() : shape.elements() / shape.dimension(0);
    if (length > Integer.MAX_VALUE - 8) {
      throw new IncompatiblePluginsException(
          "expected rows of at most " + (Integer.MAX_VALUE - 8) + " elements, found " + length);
    }
    this.row = (int) length;
  }

  @Override
  public void compute(long from, float[] into, int offset, int count) {
    float[] x = new float[row];
    double[] probability = new double[row];
    for (int done = 0; done < count; ) {
      long first = (from + done) / row * row;
      int start = (int) (from + done - first);
      int n = Math.min(count - done, row - start);
      delta.read(first, x, 0, row);
      probabilities(x, probability);
      for (int i = start; i < start + n; i++) {
        boolean keeps = random.uniform(first + i) < probability[i];
        float value = rescaled ? (float) (x[i] / probability[i]) : x[i];
        into[offset + done + i - start] = keeps ? value : 0f;
      }
      done += n;
    }
  }

  /** Sorts magnitude and index together; of equal magnitudes the lower index is the larger. */
  private void probabilities(float[] x, double[] probability) {
    long[] keys = new long[row];
    for (int i = 0; i < row; i++) {
      long magnitude = Float.floatToRawIntBits(x[i]) & MAGNITUDE;
      keys[i] = magnitude << 32 | (MAGNITUDE - i);
    }
    Arrays.sort(keys);
    for (int rank = 0; rank < row; rank++) {
      int i = MAGNITUDE - (int) keys[rank];
      double place = row == 1 ? 0.5 : (double) rank / (row - 1);
      probability[i] = density - epsilon + place * 2 * epsilon;
    }
  }
}
