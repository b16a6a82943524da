package io.medforge.merge.fusion;

import io.medforge.merge.MergeRecord;
import java.util.Arrays;

/** The singular values of a merged layer and what a cut would lose. Immutable. */
final class Spectrum {
  private final double[] values;
  private final int numericalRank;

  /** Takes descending values and the bound below which they are rounding errors. */
  Spectrum(double[] values, double noise) {
    this.values = values;
    int above = 0;
    while (above < values.length && values[above] > noise) {
      above++;
    }
    this.numericalRank = above;
  }

  int numericalRank() {
    return numericalRank;
  }

  /** The first values above the rounding error, at most {@code most}; a copy. */
  double[] values(int most) {
    return Arrays.copyOf(values, Math.min(most, numericalRank));
  }

  double value(int j) {
    return values[j];
  }

  /** The squared Frobenius norm; 0 if nothing but rounding errors is left. */
  double energy() {
    return numericalRank == 0 ? 0 : sumOfSquares(0, 1);
  }

  /** The part of the energy beyond the first values; 0 if there is no energy. */
  double discardedEnergy(int kept) {
    if (numericalRank == 0) {
      return 0;
    }
    // Relative to the largest, so that squares neither over- nor underflow.
    return Math.min(1, sumOfSquares(kept, values[0]) / sumOfSquares(0, values[0]));
  }

  /** The same where the values are not all: the energy outside is discarded, too. */
  double discardedEnergy(int kept, double outside) {
    if (outside == 0) {
      return discardedEnergy(kept);
    }
    return Math.min(1, (discardedEnergy(kept) * energy() + outside) / (energy() + outside));
  }

  /** The record of a layer of this rank that holds the first {@code kept} values. */
  MergeRecord.Layer layer(int rank, int kept) {
    return new MergeRecord.Layer(rank, energy(), discardedEnergy(kept));
  }

  /** The same where the values are not all. */
  MergeRecord.Layer layer(int rank, int kept, double outside) {
    return outside == 0
        ? layer(rank, kept)
        : new MergeRecord.Layer(rank, energy() + outside, discardedEnergy(kept, outside));
  }

  /** Smallest first, so that a long tail is not lost. */
  private double sumOfSquares(int from, double unit) {
    double sum = 0;
    for (int j = values.length - 1; j >= from; j--) {
      double value = values[j] / unit;
      sum += value * value;
    }
    return sum;
  }
}
