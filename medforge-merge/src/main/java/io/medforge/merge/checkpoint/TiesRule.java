package io.medforge.merge.checkpoint;

import io.medforge.merge.kernel.MagnitudeSelection;
import io.medforge.merge.kernel.SignElection;
import io.medforge.merge.kernel.TaskArithmetic;
import java.util.Arrays;

/**
 * TIES against a base, which is the first source, as mergekit's {@code ties}: of each difference
 * from the base the elements of greatest magnitude, exactly as many as the density says; a sign
 * elected per element by the weighted sum; the weighted mean of those that agree. Of equal
 * magnitudes the first by index are kept.
 *
 * <p>Yadav et al., TIES-Merging, NeurIPS 2023.
 *
 * @param weights one per source after the base
 * @param densities one per source after the base
 * @param lambda what the mean is multiplied by
 * @param normalised whether the sum of those that agree is divided by the sum of their weights
 */
@SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
record TiesRule(float[] weights, double[] densities, float lambda, boolean normalised)
    implements TensorRule {
  private static final int MAGNITUDE = 0x7fffffff;
  private static final int INFINITE = 0x7f800000;

  /** Tables of a threshold's search. */
  private static final long TABLES = 8 * ((1 << 16) + (1 << 15));

  /** The least magnitude that is kept, and up to which index. */
  private record Cut(int bits, long lastTie) {
    private static final Cut ALL = new Cut(0, Long.MAX_VALUE);

    void apply(float[] x, long from, int count) {
      if (bits == 0) {
        return;
      }
      boolean holdsLastTie = from <= lastTie && lastTie < from + count - 1;
      if (holdsLastTie || bits >= INFINITE) {
        keepUntilLastTie(x, from, count);
      } else {
        MagnitudeSelection.keepAbove(from > lastTie ? bits : bits - 1, x, count);
      }
    }

    private void keepUntilLastTie(float[] x, long from, int count) {
      for (int i = 0; i < count; i++) {
        int magnitude = Float.floatToRawIntBits(x[i]) & MAGNITUDE;
        boolean kept = magnitude > bits || (magnitude == bits && from + i <= lastTie);
        x[i] = kept ? x[i] : 0f;
      }
    }
  }

  @Override
  public TileRule prepare(TensorSources sources) {
    Cut[] cuts = new Cut[weights.length];
    Arrays.fill(cuts, Cut.ALL);
    long elements = sources.shape().elements();
    if (elements > 0 && Arrays.stream(densities).anyMatch(density -> density < 1)) {
      find(sources, elements, cuts);
    }
    return (from, x, out, count) -> merge(cuts, from, x, out, count);
  }

  private void merge(Cut[] cuts, long from, float[][] x, float[] out, int count) {
    float[][] differences = Arrays.copyOfRange(x, 1, x.length);
    for (int k = 0; k < differences.length; k++) {
      TaskArithmetic.difference(differences[k], x[0], differences[k], count);
      cuts[k].apply(differences[k], from, count);
    }
    SignElection.Divisor divisor =
        normalised ? SignElection.Divisor.WEIGHTS : SignElection.Divisor.NONE;
    SignElection.merge(differences, weights, SignElection.Vote.WEIGHTED_VALUE, divisor, out, count);
    TaskArithmetic.applyTo(x[0], lambda, out, count);
  }

  private void find(TensorSources sources, long elements, Cut[] cuts) {
    MagnitudeSelection[] selections = new MagnitudeSelection[cuts.length];
    long[] wanted = new long[cuts.length];
    for (int k = 0; k < cuts.length; k++) {
      wanted[k] = Math.max(1, (long) (densities[k] * elements));
      selections[k] = new MagnitudeSelection(wanted[k]);
    }
    boolean[] infinite = new boolean[1];
    sources.readInAnyOrder(
        (from, x, count) -> {
          for (int k = 0; k < cuts.length; k++) {
            TaskArithmetic.difference(x[k + 1], x[0], x[k + 1], count);
            infinite[0] |= hasInfinite(x[k + 1], count);
            if (infinite[0]) {
              sources.checkFinite(from, count);
              infinite[0] = false; // The difference overflows; the result's range is checked later.
            }
            selections[k].countHigh(x[k + 1], count);
          }
        });
    for (MagnitudeSelection selection : selections) {
      selection.narrow();
    }
    sources.readInAnyOrder(
        (from, x, count) -> {
          for (int k = 0; k < cuts.length; k++) {
            TaskArithmetic.difference(x[k + 1], x[0], x[k + 1], count);
            selections[k].countLow(x[k + 1], count);
          }
        });
    settle(sources, selections, wanted, cuts);
  }

  private static boolean hasInfinite(float[] x, int count) {
    int greatest = 0;
    for (int i = 0; i < count; i++) {
      greatest = Math.max(greatest, Float.floatToRawIntBits(x[i]) & MAGNITUDE);
    }
    return greatest >= INFINITE;
  }

  /**
   * Makes cuts of thresholds; where only some of the elements at a threshold are kept, finds which.
   */
  private void settle(
      TensorSources sources, MagnitudeSelection[] selections, long[] wanted, Cut[] cuts) {
    long[] missing = new long[cuts.length];
    long[] last = new long[cuts.length];
    boolean split = false;
    for (int k = 0; k < cuts.length; k++) {
      long atThreshold = wanted[k] - selections[k].above(0);
      boolean all = atThreshold == selections[k].equal(0);
      missing[k] = all || densities[k] >= 1 ? 0 : atThreshold;
      last[k] = Long.MAX_VALUE;
      split |= missing[k] > 0;
    }
    if (split) {
      sources.readWhile(
          (from, x, count) -> {
            for (int k = 0; k < cuts.length; k++) {
              if (missing[k] > 0) {
                TaskArithmetic.difference(x[k + 1], x[0], x[k + 1], count);
                int bits = selections[k].thresholdBits(0);
                for (int i = 0; i < count && missing[k] > 0; i++) {
                  if ((Float.floatToRawIntBits(x[k + 1][i]) & MAGNITUDE) == bits) {
                    missing[k]--;
                    last[k] = from + i;
                  }
                }
              }
            }
            return Arrays.stream(missing).anyMatch(left -> left > 0);
          });
    }
    for (int k = 0; k < cuts.length; k++) {
      cuts[k] = densities[k] >= 1 ? Cut.ALL : new Cut(selections[k].thresholdBits(0), last[k]);
    }
  }

  @Override
  public boolean isOrderFree() {
    return Arrays.stream(densities).allMatch(density -> density >= 1);
  }

  @Override
  public long preparationBytes(int sources) {
    return (sources - 1) * TABLES;
  }

  @Override
  public String reading() {
    return "three times (twice for the exact threshold of each tensor), and a part of a fourth"
        + " where elements at the threshold are equal";
  }
}
