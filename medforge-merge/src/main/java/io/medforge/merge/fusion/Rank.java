package io.medforge.merge.fusion;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How many singular values of a merged layer are kept. Immutable.
 *
 * <p>Singular values that cannot be told from zero are never kept: those at or below 2^-52 times
 * the sum of the terms' norms, the rounding error of the merge itself. Their energy is part of what
 * the record states as discarded.
 */
public final class Rank {
  private final String name;
  private final int limit;
  private final double energy;
  private final long budget;

  private Rank(String name, int limit, double energy, long budget) {
    this.name = name;
    this.limit = limit;
    this.energy = energy;
    this.budget = budget;
  }

  /**
   * Every singular value other than zero: at most min(d, k, R), R the sum of the plugins' ranks.
   * Where the plugins' own directions are clearly independent, the result consists of them side by
   * side, otherwise of singular vectors.
   *
   * @return the exact merge's own rank
   */
  public static Rank full() {
    return new Rank("full", Integer.MAX_VALUE, 1, 0);
  }

  /**
   * At most r singular values; fewer where the merge has fewer.
   *
   * @param r at least 1
   * @return a fixed rank
   * @throws IllegalArgumentException if r is below 1
   */
  public static Rank of(int r) {
    if (r < 1) {
      throw new IllegalArgumentException("expected a rank of at least 1, found " + r);
    }
    return new Rank(Integer.toString(r), r, 1, 0);
  }

  /**
   * The least rank that keeps a part of the energy, the squared Frobenius norm.
   *
   * @param kept the part to keep, above 0 and at most 1
   * @return a rank chosen per layer
   * @throws IllegalArgumentException if the part lies outside its range
   */
  public static Rank energy(double kept) {
    if (!(kept > 0 && kept <= 1)) {
      throw new IllegalArgumentException(
          "expected an energy to keep above 0 and at most 1, found " + kept);
    }
    return new Rank("energy:" + kept, Integer.MAX_VALUE, kept, 0);
  }

  /**
   * Ranks that spend a number of parameters over all low-rank layers, {@code sum_l r_l (d_l + k_l)}
   * with d and k those of the factors (of a convolution k = in x kernel), where they keep most
   * energy. Every layer gets rank 1; then singular values are taken one by one, those of most
   * energy per parameter first, while they fit. Dense updates and heads are merged whole and do not
   * count.
   *
   * <p>Since singular values descend, no ranks keep more energy with the parameters spent until the
   * first value that did not fit, none at all where all layers have one d + k; otherwise the loss
   * against the best ranks is below the energy of that one value. Every layer is decomposed twice,
   * so that no more than one decomposition per thread is held.
   *
   * @param parameters at least 1; merges refuse fewer than rank 1 at every layer takes
   * @return ranks chosen over all layers together
   * @throws IllegalArgumentException if parameters is below 1
   */
  public static Rank budget(long parameters) {
    if (parameters < 1) {
      throw new IllegalArgumentException(
          "expected a budget of at least 1 parameter, found " + parameters);
    }
    return new Rank("budget:" + parameters, Integer.MAX_VALUE, 1, parameters);
  }

  /** The parameters to spend over all layers, if they are limited. */
  OptionalLong parameters() {
    return budget == 0 ? OptionalLong.empty() : OptionalLong.of(budget);
  }

  /** Whether every singular value is kept. */
  boolean isFull() {
    return fixed().isEmpty() && energy == 1 && budget == 0;
  }

  /** The number, if it is one. */
  OptionalInt fixed() {
    return limit == Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of(limit);
  }

  /** Whether an update of this rank certainly needs no cut. */
  boolean allows(long rank) {
    return rank <= limit && energy == 1;
  }

  /** How many of these to keep: 0 if all are zero. */
  int choose(Spectrum spectrum) {
    return choose(spectrum, 0);
  }

  /**
   * The same where the values are not all.
   *
   * @param outside the energy of the others
   * @return more than there are values if these keep too little
   */
  int choose(Spectrum spectrum, double outside) {
    int rank = Math.min(limit, spectrum.numericalRank());
    if (energy == 1) {
      return outside > 0 ? Math.min(limit, rank + 1) : rank;
    }
    int least = 0;
    while (least < rank && 1 - spectrum.discardedEnergy(least, outside) < energy) {
      least++;
    }
    boolean enough = 1 - spectrum.discardedEnergy(least, outside) >= energy;
    return enough || outside == 0 ? least : rank + 1;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Rank that && name.equals(that.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  /**
   * {@code full}, a number, {@code energy:} and the part kept, or {@code budget:} and the number.
   */
  @Override
  public String toString() {
    return name;
  }
}
